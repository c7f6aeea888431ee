"""The errors that this project raises on purpose."""


class UsageError(Exception):
    """Wrong use of a program: reported in one line, exit status 2."""


class ConfigError(UsageError):
    """A configuration file or an override is wrong."""


class DataError(Exception):
    """The data do not fit the schema: an ordinary failure, exit status 1."""
