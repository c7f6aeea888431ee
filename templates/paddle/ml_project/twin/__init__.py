"""The networks in PaddlePaddle: the same layers under the same names, trained from the same
weights on the same batches as those in PyTorch."""

import warnings

warnings.filterwarnings("ignore", message="No ccache found")  # on import, where none is needed
