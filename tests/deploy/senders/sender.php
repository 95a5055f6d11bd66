<?php
// Posts each line of its input, `form TAB id TAB url TAB body`, and prints `id TAB status`.
foreach (file('php://stdin', FILE_IGNORE_NEW_LINES) as $line) {
    [$form, $id, $url, $body] = explode("\t", $line);
    $http = [
        'method' => 'POST',
        'content' => $body,
        'timeout' => 10,
        'ignore_errors' => true,
        'header' => "Content-Type: application/json\r\nConnection: close\r\n",
        'protocol_version' => $form === 'stream-1.1' ? 1.1 : 1.0,
    ];
    $context = stream_context_create(['http' => $http, 'ssl' => ['verify_peer' => false, 'verify_peer_name' => false]]);
    $http_response_header = ['no answer'];
    @file_get_contents($url, false, $context);
    echo $id, "\t", explode(' ', $http_response_header[0])[1], "\n";
}
