#!/bin/sh
# makeEnv.sh [cpu|gpu|launcher]: writes infra/docker/.env, with secrets of its own, where there is none yet.
#   cpu       a trainer on this machine's CPU (where nothing is said)
#   gpu       a trainer on its first GPU: needs NVIDIA's driver and container toolkit
#   launcher  none that stays: compose.launcher.yaml starts trainers as runs wait
set -eu
kind=${1:-cpu}
file=$(dirname "$0")/.env
[ ! -e "$file" ] || { echo "$file is there already: it is left as it is." >&2; exit 0; }
case $kind in
  cpu | gpu) profiles=$kind ;;
  launcher) profiles= ;;
  *) echo 'makeEnv.sh [cpu|gpu|launcher]' >&2; exit 2 ;;
esac
secret() { head -c 32 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_'; }
umask 077
cat > "$file.new" <<END_OF_FILE
COMPOSE_PROJECT_NAME=thaw
COMPOSE_PROFILES=$profiles
POSTGRES_PASSWORD=$(secret)
S3_ACCESS_KEY_ID=thaw
S3_SECRET_ACCESS_KEY=$(secret)
AUTH_SECRET=$(secret)
THAW_ADMIN_EMAIL=admin@thaw.invalid
THAW_ADMIN_PASSWORD=$(secret | head -c 24)
END_OF_FILE
mv "$file.new" "$file"
echo "$file holds the settings and secrets. Sign in as admin@thaw.invalid with THAW_ADMIN_PASSWORD." >&2
