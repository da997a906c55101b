#!/bin/sh
# A number's life with curl, sed and awk, knowing nothing but the OpenAPI document.
#
# Usage: GATEWAY_URL=http://127.0.0.1:7300 GATEWAY_KEY=... sh life.sh <reference>
set -eu

reference=$1
document=$(curl --silent --fail "$GATEWAY_URL/openapi.json")

# The path of an operation, with {number} filled in where there is one.
path_of() {
  printf '%s\n' "$document" |
    awk -F'"' -v id="$1" '/^    "\// { path = $2 } $2 == "operationId" && $4 == id { print path }' |
    sed "s|{number}|${number:-}|"
}

call() {
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $GATEWAY_KEY" "$@"
}

post() {
  body=$1
  shift
  call --header 'Content-Type: application/json' --data "$body" "$@"
}

# The first value of a field that is a text.
field() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
}

request='{ "criteria": { "country": "US" }, "term": "1 hour", "settleWindow": "1s",
           "releasePolling": { "initial": "1s", "max": "1s" } }'
lease=$(post "$request" --header "Idempotency-Key: $reference" "$GATEWAY_URL$(path_of provision)?wait=60s")
number=$(printf '%s' "$lease" | field number)

text='{ "id": "welcome", "to": "+12025550123", "message": "Hello from curl" }'
sent=$(post "$text" "$GATEWAY_URL$(path_of sendMessage)" | field outcome)
[ "$sent" = sent ]
post '{ "term": "1 hour" }' "$GATEWAY_URL$(path_of extendLease)" >&2
call --request POST "$GATEWAY_URL$(path_of terminateLease)" >&2

tries=0
state=
while [ "$state" != released ]; do
  tries=$((tries + 1))
  [ "$tries" -le 90 ]
  sleep 1
  state=$(call "$GATEWAY_URL$(path_of showLease)" | sed -n 's/^{"state":"\([a-z]*\)".*/\1/p')
done
printf '{"number":"%s","state":"%s"}\n' "$number" "$state"
