/** Modules of Python's standard library, 3.10 to 3.14 (`sys.stdlib_module_names`), that one word names. */
const standard = `
  abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb
  binascii bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections
  colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes
  curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno
  faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext
  glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress
  itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap
  modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator
  optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath
  pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline
  reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd
  smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string
  stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
  textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle
  turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg
  winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
`;

/** Packages of a project's environment, as they are imported, and folders that a project has. */
const installed = `
  annotated_doc annotated_types anyio app ast_serialize asttokens attr attrs certifi click cloudpickle
  coloredlogs comm configs contourpy cycler data datasets dateutil debugpy deploy executing fastapi
  fastjsonschema filelock flatbuffers fonttools fsspec functorch google h11 httpcore httptools httpx
  humanfriendly idna iniconfig ipykernel ipykernel_launcher ipython ipython_pygments_lexers isympy jedi jinja2
  joblib jsonschema jsonschema_specifications jupyter jupyter_client jupyter_core kiwisolver librt main
  markupsafe matplotlib matplotlib_inline ml_dtypes models modelscope mpl_toolkits mpmath mypy mypy_extensions
  mypyc nbclient nbformat nest_asyncio2 networkx notebooks numpy omegaconf onnx onnxruntime opentelemetry
  opt_einsum orjson packaging paddle pandas parso pathspec pexpect pil pip platformdirs pluggy prometheus_client
  prompt_toolkit psutil ptyprocess pure_eval py pydantic pydantic_core pygments pylab pyparsing pytest
  referencing reports rpds ruff runs safetensors scipy scripts setuptools sklearn spec stack_data starlette
  sympy tests threadpoolctl torch torchgen tornado traitlets transformers typing_extensions typing_inspection
  tzdata uvicorn wcwidth yaml zmq
`;

const keywords = `
  and as assert async await break case class continue def del elif else except false finally for from global if
  import in is lambda match none nonlocal not or pass print raise return self true try type while with yield
`;

const taken = new Set([standard, installed, keywords].flatMap((words) => words.trim().toLowerCase().split(/\s+/)));

/** Whether a package of this name would stand in the way of another, or be no name at all. */
export const isTakenInPython = (name: string): boolean => taken.has(name.toLowerCase());
