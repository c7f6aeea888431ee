"""Every model: baselines with numpy, networks in PyTorch."""
