"""A driver whose module never ends to be imported; it says where it hangs."""

import os
import time
from pathlib import Path

Path(os.environ["HANGING_DRIVER_NOTE"]).write_text(str(os.getpid()))
time.sleep(600)
