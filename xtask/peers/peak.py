"""Runs a program and says what it took: `python -S peak.py PROGRAM ARGUMENT…`.

Linux counts the peak of whoever starts a program as the program's own until it has grown larger, so a large process must
not measure: this small one does. The last line of standard output is JSON: exit code, wall and processor seconds, MiB.
"""

import json
import os
import sys
import time


def main():
    started = time.perf_counter()
    process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
    _, status, usage = os.wait4(process, 0)
    taken = {
        "code": os.waitstatus_to_exitcode(status),
        "wall_s": time.perf_counter() - started,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "mib": usage.ru_maxrss / 1024,
    }
    sys.stdout.flush()
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
