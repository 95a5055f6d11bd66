# `make` prints the list. Longer recipes are scripts of their own, in scripts/.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python

# What is said to one command counts only behind `make`: WSL, for one, has a NAME in every environment.
SAID := NAME DO ID ROLE KEEP_TOKENS SCOPE FILE FROM BUYER CHAT FORCE FORGET REDIS_ADDRESS PART ONLY QUICK
$(foreach name,$(SAID),$(if $(filter environment,$(origin $(name))),$(eval override $(name) :=)$(eval unexport $(name))))

##@ Everyday

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## the whole system here; without Avito keys a demo with made-up buyers
	@$(PYTHON) scripts/run.py --tied

.PHONY: init
init: setup ## write .env with made-up secrets; takes DOMAIN=… AVITO_CLIENT_ID=… and so on
	@$(PYTHON) scripts/init_env.py

.PHONY: settings
settings: setup ## what is in effect and where it comes from, secrets masked
	@$(PYTHON) scripts/show_settings.py

.PHONY: status
status: setup ## how the running system is
	@$(PYTHON) scripts/status.py

.PHONY: dead
dead: setup ## the webhooks nobody could commit, with their reasons
	@$(PYTHON) scripts/dead_letters.py list

.PHONY: redrive
redrive: setup ## try them again: all, or the one ID=…
	@$(PYTHON) scripts/dead_letters.py redrive

.PHONY: operator
operator: setup ## who may log in: NAME=… DO=add|list|disable|enable|role|password|end-sessions ROLE=owner|operator KEEP_TOKENS=1
	@$(PYTHON) scripts/operators.py

.PHONY: token
token: setup ## keys for other programs: NAME=… SCOPE=read|reply, DO=list, DO=revoke ID=…
	@$(PYTHON) scripts/tokens.py

.PHONY: redis-users
redis-users: setup ## a Redis user for every service, with fresh passwords: REDIS_ADDRESS=host:port FORGET=1
	@$(PYTHON) scripts/redis_users.py

##@ Development

.PHONY: setup
setup: ## make .venv with everything; instant when nothing changed
	@sh scripts/setup.sh

.PHONY: check
check: setup ## format, lint, types, import rules
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy
	$(PYTHON) .venv/bin/lint-imports

TEST_PROCESSES ?= 4

.PHONY: test
test: setup ## all tests
	$(PYTHON) -m pytest --numprocesses=$(TEST_PROCESSES) --dist=loadfile

.PHONY: chaos
chaos: setup ## break everything, one thing after the other, write docs/reliability.md; about ten minutes
	@$(PYTHON) -m chaos

.PHONY: audit
audit: setup ## known vulnerabilities of what constraints.txt pins
	@$(PYTHON) scripts/audit.py

.PHONY: fuzz
fuzz: setup ## hostile webhooks, frames, paths and uploads against real processes here; about ten minutes
	@$(PYTHON) -m tests.fuzz

.PHONY: browser
browser: setup ## install Chromium for the browser tests
	@sh scripts/browser.sh

.PHONY: bench
bench: setup ## measure every hop beside its floor and peers, write docs/performance.md, in ten minutes; ONLY="commit way": these parts; QUICK=1
	@$(PYTHON) -m bench $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

.PHONY: latency
latency: setup ## how long a message takes from Avito's POST to the browser, on an idle system here
	@$(PYTHON) scripts/latency.py

.PHONY: screenshots
screenshots: setup ## draw the panel's main states into docs/images (needs Chromium)
	@$(PYTHON) -m screenshots

##@ The webhook of a real account

.PHONY: subscribe
subscribe: setup ## have Avito post each message at once; FORCE=1 answers every question with yes
	@$(PYTHON) scripts/setup_avito_webhook.py setup

.PHONY: unsubscribe
unsubscribe: setup ## back to polling; takes away our subscription only
	@$(PYTHON) scripts/setup_avito_webhook.py unsubscribe

.PHONY: doctor
doctor: setup ## check everything between Avito and the panel, with the way out of each trouble
	@$(PYTHON) scripts/setup_avito_webhook.py doctor

.PHONY: rotate-secret
rotate-secret: setup ## change the secret in the webhook's URL; both prove for a day, no event is lost
	@$(PYTHON) scripts/setup_avito_webhook.py rotate-secret

##@ Server

.PHONY: up
up: setup ## start or upgrade with docker compose, wait until ready, say where it is
	@sh scripts/compose_up.sh

.PHONY: down
down: ## stop what `make up` started; data and certificates stay
	@sh scripts/compose_ready.sh down && docker compose --profile monitoring down --remove-orphans

.PHONY: logs
logs: ## follow the logs of what `make up` started; PART=worker for one part
	@sh scripts/compose_ready.sh logs && docker compose logs --follow --tail 200 $(PART)

.PHONY: backup
backup: setup ## write all data of the system to one file in var/backups; FILE=… elsewhere
	@$(PYTHON) scripts/backup.py

.PHONY: restore-check
restore-check: setup ## restore the newest backup (or FILE=…) into a fresh Redis and compare the counts
	@$(PYTHON) scripts/restore_check.py

.PHONY: restore
restore: setup ## put a backup (FILE=…) into the empty Redis of a system whose services are stopped
	@$(PYTHON) scripts/restore.py

.PHONY: forget
forget: setup ## remove a buyer's data for good: BUYER=… (number at Avito) or CHAT=… (id)
	@$(PYTHON) scripts/forget.py

.PHONY: account
account: setup ## prepare for another Avito account: FROM=… is the number whose data goes
	@$(PYTHON) scripts/change_account.py
