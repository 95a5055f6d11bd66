// Posts each line of its input, `form TAB id TAB url TAB body`, and prints `id TAB status`.
package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const patience = 10 * time.Second

func client(two bool) *http.Client {
	transport := &http.Transport{
		TLSClientConfig:       &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2:     two,
		ExpectContinueTimeout: time.Second,
	}
	return &http.Client{Transport: transport, Timeout: patience}
}

func main() {
	one, two := client(false), client(true)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		line := strings.Split(lines.Text(), "\t")
		form, id, url := line[0], line[1], line[2]
		var body io.Reader = strings.NewReader(line[3])
		if strings.Contains(form, "chunked") {
			body = io.MultiReader(body)
		}
		request, _ := http.NewRequest("POST", url, body)
		if strings.Contains(form, "expect") {
			request.Header.Set("Expect", "100-continue")
		}
		sender := one
		if strings.HasPrefix(form, "two") {
			sender = two
		}
		answer, err := sender.Do(request)
		if err != nil {
			fmt.Printf("%s\t%v\n", id, err)
			continue
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		fmt.Printf("%s\t%d\n", id, answer.StatusCode)
	}
}
