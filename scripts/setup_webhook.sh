#!/bin/sh
# A menu for the webhook, with the same commands as `make subscribe` and so on. Runs in any folder.
set -u
script="$(dirname "$(readlink -f "$0")")/setup_avito_webhook.py"

russian() { case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in ru*) return 0 ;; *) return 1 ;; esac; }

if [ $# -gt 0 ]; then
    echo "Usage: ${0##*/}, without arguments; ${script##*/} takes them." >&2
    exit 2
fi

menu() {
    if russian; then
        printf '\nВебхук Avito\n  1) включить\n  2) выключить (опрос)\n  3) проверить\n  4) состояние\n  0) выход\nВыбор: '
    else
        printf '\nAvito webhook\n  1) set up\n  2) switch off (polling)\n  3) test\n  4) status\n  0) leave\nChoice: '
    fi
}

run() { python3 "$script" "$@"; }

result=0
while menu && read -r choice; do
    case "$choice" in
    1) run setup; result=$? ;;
    2) run unsubscribe; result=$? ;;
    3) run test; result=$? ;;
    4) run status; result=$? ;;
    0 | '') break ;;
    *) if russian; then echo 'Введите 1, 2, 3, 4 или 0.'; else echo 'Type 1, 2, 3, 4 or 0.'; fi ;;
    esac
done
exit "$result"
