"""Order, retries and commands."""

import os

# The quality fit inverts matrices of 200 rows a thousand times: on two busy cores the threads of OpenBLAS wait for each
# other, 23 s instead of 2.4 s. NumPy reads the variable when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
