# Posts each line of its input, `form TAB id TAB url TAB body`, and prints `id TAB status`.
tab=$(printf '\t')
while IFS="$tab" read -r form id url body; do
    case $form in
    plain) set -- --http1.1 ;;
    http1.0) set -- --http1.0 --no-alpn ;; # Go refuses a client that offers HTTP/1.0 alone
    http2) set -- --http2 ;;
    expect) set -- --http1.1 -H 'Expect: 100-continue' ;;
    chunked) set -- --http1.1 -H 'Transfer-Encoding: chunked' ;;
    chunked-expect) set -- --http1.1 -H 'Transfer-Encoding: chunked' -H 'Expect: 100-continue' ;;
    esac
    status=$(curl -sk -m 10 -o /dev/null -w '%{http_code}' "$@" -d "$body" "$url")
    printf '%s\t%s\n' "$id" "$status"
done
