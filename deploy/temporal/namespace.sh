#!/bin/sh
# Makes the namespace, and the search attributes that Leasehold writes. May be run again.
# Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and RETENTION (how long closed runs are kept, such as 30d).
set -eu

namespace=${TEMPORAL_NAMESPACE:-default}

temporal operator cluster health
temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$namespace" --retention "${RETENTION:-30d}"

# The server knows a new namespace a few seconds late.
left=60
until present=$(temporal operator search-attribute list --namespace "$namespace" 2>&1); do
  left=$((left - 1))
  if [ "$left" -eq 0 ]; then
    echo "$present"
    exit 1
  fi
  sleep 1
done
while read -r name type; do
  case $present in *"$name"*) continue ;; esac
  temporal operator search-attribute create --namespace "$namespace" --name "$name" --type "$type"
done <<ATTRIBUTES
LeaseState Keyword
LeaseNumber Keyword
LeaseReference Keyword
LeaseExpiresAt Datetime
LeaseMonthlyRate Double
LeaseLabels KeywordList
LeaseHealth Keyword
ATTRIBUTES
