#!/usr/bin/env bash
# Lets a new model version pass only if its answers and errors are what the present version's were.
#
#   release_gate.sh PACK CANDIDATE [driftline check options]
#
# PACK is made once by `driftline fit` from rows that the present version answered well; CANDIDATE holds the same kind of
# rows, answered by the new version. Leaves gate.html for people and gate.xml (JUnit) for the build server.
set -euo pipefail

pack=$1 candidate=$2
shift 2

code=0
driftline check "$pack" "$candidate" --html gate.html --junit gate.xml "$@" || code=$?

case $code in
  0) echo "gate: pass" ;;
  1) echo "gate: stop, see gate.html" ;;
  3) echo "gate: stop, too few rows to judge" ;;
  *) echo "gate: could not run" ;;
esac
exit "$code"
