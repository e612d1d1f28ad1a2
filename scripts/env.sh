# Sourced by the other scripts: a virtual environment in .venv with this project installed, made or brought up to date.
# Usage: extra=dev; . scripts/env.sh

here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$here" || exit 1
venv="$here/.venv"
extra=${extra:+[$extra]}

python=""
for candidate in python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed; install it and run this again." >&2
    exit 1
fi

# A package install is only repeated when what it depends on has changed.
wanted="$(cksum <pyproject.toml) $here"
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
    rm -rf "$venv"
    "$python" -m venv "$venv" || {
        echo "Python's venv module is missing (on Debian: apt-get install python3-venv)." >&2
        exit 1
    }
fi
if [ ! -f "$venv/installed$extra" ] || [ "$(cat "$venv/installed$extra")" != "$wanted" ]; then
    echo "Installing into .venv (a few minutes the first time) …" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".$extra" || exit 1
    echo "$wanted" >"$venv/installed$extra"
fi
PATH="$venv/bin:$PATH"
export PATH
