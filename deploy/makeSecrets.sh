#!/bin/sh
# Makes the secrets of docker-compose.yml in deploy/secrets, each once: what is there stays as it is.
# Back them up: without root_key nothing that is personal can be read again.
set -eu
cd "$(dirname "$0")"

# The folder is closed to others. Its files are not, since each is mounted alone, for a container's own user to read.
mkdir -p secrets
chmod 700 secrets
umask 022

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# Written aside first, so that a file is whole or not there.
make() {
  [ -e "secrets/$1" ] && return
  cat >"secrets/$1.new"
  mv "secrets/$1.new" "secrets/$1"
  echo "made deploy/secrets/$1"
}

random 32 | make root_key
random 384 | make mongodb_keyfile
random 24 | make mongodb_root_password
random 24 | make mongodb_password
printf 'requirepass %s\n' "$(random 24)" | make redis_conf
make waymark.env <<VALUES
EVENTSTORE_URL=esdb://eventstore:2113?tls=false
MONGODB_URL=mongodb://waymark:$(cat secrets/mongodb_password)@mongodb:27017/waymark?replicaSet=waymark&authSource=admin
REDIS_URL=redis://:$(sed 's/^requirepass //' secrets/redis_conf)@redis:6379
WAYMARK_WRITE_KEY=wk_$(random 24)
WAYMARK_ADMIN_TOKEN=wa_$(random 24)
VALUES
