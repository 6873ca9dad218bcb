# Temporal has the namespace and every search attribute that Matinee writes. An attribute that a server does not know
# stops the workflow that writes it. Done again, it changes nothing.
set -eu
temporal operator cluster health
temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 7d
known=$(temporal operator search-attribute list --namespace default)
for one in MatineeRepository:Keyword MatineeNumber:Int MatineePhase:Keyword MatineePhaseSince:Datetime \
  MatineeReason:Keyword MatineeLease:Keyword MatineeExpires:Datetime; do
  case "$known" in
  *"${one%%:*} "*) ;;
  *) temporal operator search-attribute create --namespace default --name "${one%%:*}" --type "${one##*:}" ;;
  esac
done
