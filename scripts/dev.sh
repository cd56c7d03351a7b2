#!/usr/bin/env bash
# Dagster's UI and daemon, on the user's own credentials (.env) or, with SANDBOX=1, on the sandbox.
# Optional: HOST, PORT (of the UI), SANDBOX_PORT, DAGSTER_HOME.
set -euo pipefail
umask 027 # files are the user's to write and the group's to read

cd "$(dirname "$0")/.."
root=$PWD
bin=$root/.venv/bin

# Waits until the sandbox says that it listens; prints the port.
sandbox_port() {
  until grep -qs '^sandbox listening' "$log"; do
    kill -0 "$sandbox" 2>/dev/null || { cat "$log" >&2; return 1; }
    sleep 0.1
  done
  sed -n 's/^sandbox listening .*:\([0-9]*\)$/\1/p' "$log"
}

if [ -n "${SANDBOX:-}" ]; then
  log=$root/data/sandbox/sandbox.log
  mkdir -p "${log%/*}"
  # the shop that the demo loads: what the schedules load again is the same
  "$bin/python" -m analytics_assets.sandbox --seed 7 --port "${SANDBOX_PORT:-8790}" >"$log" 2>&1 &
  sandbox=$!
  trap 'kill "$sandbox" 2>/dev/null || true' EXIT
  port=$(sandbox_port)
  while IFS= read -r variable; do
    export "${variable?}"
  done < <("$bin/python" -m analytics_assets.sandbox --port "$port" --print-env)
  export ANALYTICS_CONFIG=$root/analytics_assets/demo/analytics.toml
  echo "sandbox on port $port, log in ${log#"$root/"}"
elif [ -f .env ] && [ -z "${DOTENV_LOADED:-}" ]; then
  # Dagster reads .env by itself, but too late for HOST, PORT and DAGSTER_HOME.
  DOTENV_LOADED=1 exec "$bin/dotenv" run --no-override -- "$0"
fi

export DAGSTER_HOME=${DAGSTER_HOME:-$root/data/dagster}
mkdir -p "$DAGSTER_HOME"
[ -e "$DAGSTER_HOME/dagster.yaml" ] || ln -sf "$root/dagster.yaml" "$DAGSTER_HOME/dagster.yaml"

if [ -n "${SANDBOX:-}" ]; then
  # Dagster overrides its environment with the .env of the current folder: not with the user's.
  cd "$DAGSTER_HOME"
  trap - EXIT
fi

# Dagster takes this process over; a sandbox started beside it ends with it, however it ends.
if [ -n "${sandbox:-}" ]; then
  (trap '' INT TERM HUP
    while kill -0 $$ 2>/dev/null; do sleep 1; done
    kill "$sandbox" 2>/dev/null || true) &
fi
# its successor `dg dev` does the same, but is installed for development only
PYTHONWARNINGS='ignore:Function `dev_command` is superseded' \
  exec "$bin/dagster" dev -w "$root/workspace.yaml" -h "${HOST:-127.0.0.1}" -p "${PORT:-3000}"
