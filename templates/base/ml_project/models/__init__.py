"""Every model: baselines and trees from scikit-learn, networks in PyTorch."""
