# `make` prints the list. Longer recipes are scripts of their own, in scripts/.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV_PYTHON := .venv/bin/python
AVITO_LIVE := $(VENV_PYTHON) -m avito_live

# Only .venv decides what runs, and it is compiled once.
unexport PYTHONHOME PYTHONPATH PYTHONOPTIMIZE PYTHONWARNINGS PYTHONIOENCODING PYTHONDONTWRITEBYTECODE

# The variables of a command count only on make's command line: WSL, for one, sets NAME in every shell.
# One that is empty there is passed on, so that the command can refuse it.
is_given = $(filter command,$(origin $1))
given = $(if $(is_given),$(strip $(value $1)))
in_quotes = '$(subst ','\'',$1)'
quoted = $(if $(is_given),$(call in_quotes,$(given)))
each_quoted = $(foreach word,$(given),$(call in_quotes,$(word)))
option = $(if $(is_given),$2 $(quoted))
flag = $(if $(filter 1 yes true,$(given)),$2,$(if $(filter-out 0 no false,$(given)),$(error $1 is 1 or left out)))
action = $(or $(call quoted,DO),$(if $(call is_given,NAME),add,list))

# Brings .venv to what a group of pyproject.toml needs.
needs-%:
	@sh scripts/setup.sh $*

##@ Everyday

.PHONY: help
help: ## print this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: needs-run ## run the whole system here; without Avito keys, a demo with made-up buyers
	@$(AVITO_LIVE) run --tied $(call flag,CUT,--cut)

.PHONY: init
init: needs-run ## write .env with random secrets; accepts DOMAIN=… AVITO_CLIENT_ID=… and so on
	@$(AVITO_LIVE) init

.PHONY: settings
settings: needs-run ## show the settings in effect and their origin, secrets masked
	@$(AVITO_LIVE) settings

.PHONY: status
status: needs-run ## show the state of the running system
	@$(AVITO_LIVE) status

.PHONY: dead
dead: needs-run ## list the webhooks that could not be committed, with reasons
	@$(AVITO_LIVE) dead

.PHONY: redrive
redrive: needs-run ## retry them: all, or the one with ID=…
	@$(AVITO_LIVE) redrive -- $(call quoted,ID)

.PHONY: operator
operator: needs-run ## manage operators: NAME=… DO=add|list|disable|enable|role|password|end-sessions ROLE=owner|operator KEEP_TOKENS=1
	@$(AVITO_LIVE) operator $(call option,ROLE,--role) $(call flag,KEEP_TOKENS,--keep-tokens) -- $(action) $(call quoted,NAME)

.PHONY: token
token: needs-run ## manage tokens for other programs: NAME=… SCOPE=read|reply, DO=list, DO=revoke ID=…
	@$(AVITO_LIVE) token $(call option,SCOPE,--scope) -- $(action) $(or $(call quoted,ID),$(call quoted,NAME))

.PHONY: redis-users
redis-users: needs-run ## make a Redis user for every service, with new passwords: REDIS_ADDRESS=host:port FORGET=1 REDIS_6=1
	@$(AVITO_LIVE) redis-users $(call option,REDIS_ADDRESS,--address) $(call flag,FORGET,--forget) $(call flag,REDIS_6,--redis-6)

.PHONY: secrets
secrets: needs-run ## move the secrets of .env into files, for systemd: SECRETS_DIR, else /etc/avito-live/secrets
	@$(AVITO_LIVE) secrets

##@ Development

.PHONY: setup
setup: ## make .venv with everything, or what FOR=run, test, check, bench, docs, audit needs; does nothing if nothing changed
	@sh scripts/setup.sh $(or $(call quoted,FOR),all)

.PHONY: check
check: needs-check ## check format, lint, types and import rules
	$(VENV_PYTHON) -m ruff format --check
	$(VENV_PYTHON) -m ruff check
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) .venv/bin/lint-imports
	.venv/bin/zizmor --offline --quiet --persona auditor .github

TEST_PROCESSES ?= 5

.PHONY: test
test: needs-test ## run all tests
	$(VENV_PYTHON) -m pytest --numprocesses=$(TEST_PROCESSES) --dist=loadfile --no-loadscope-reorder

.PHONY: test-redis-users
test-redis-users: export TEST_REDIS_USERS := 1
test-redis-users: needs-test ## run the tests of whole systems with a Redis user for each service
	$(VENV_PYTHON) -m pytest --numprocesses=$(TEST_PROCESSES) --dist=loadfile tests/e2e tests/contract

# What meets a Redis: keys, scripts and streams, streams of webhooks, jobs and replies, files, backups, whole systems.
REDIS_TESTS := $(addprefix tests/, shared/redis shared/process ingest worker push_gateway scripts/backups scripts/erasure \
	scripts/doctor/test_redis.py scripts/runner/test_redis_data.py scripts/runner/test_embedded_redis.py ops/test_redis_ways.py \
	ops/test_replaced_redis.py ops/test_unfit_redis.py deploy/test_compose.py \
	$(addprefix e2e/test_, spine.py redis_users.py replies_faults.py full_disk.py))

.PHONY: test-redis
test-redis: needs-test ## run the tests that meet a Redis, with any other: REDIS_SERVER=/path/to/redis-server or valkey-server
	$(VENV_PYTHON) -m pytest --numprocesses=$(TEST_PROCESSES) --dist=loadfile $(REDIS_TESTS)

.PHONY: coverage
coverage: needs-test ## run all tests and print the branches of shared/ and services/ that none takes; about 20 minutes
	@$(VENV_PYTHON) -m coverage erase
	$(VENV_PYTHON) -m coverage run -m pytest --numprocesses=$(TEST_PROCESSES) --dist=loadfile --no-loadscope-reorder --tb=native
	@$(VENV_PYTHON) -m coverage report

.PHONY: chaos
chaos: needs-run ## break one thing after the other and write docs/reliability.md; about ten minutes
	@$(VENV_PYTHON) -m chaos

.PHONY: lua
lua: needs-run ## write the functions that call the Lua scripts (shared/redis/lua/scripts.py) from their heads
	@$(VENV_PYTHON) scripts/lua_scripts.py

.PHONY: audit
audit: needs-audit ## look up known vulnerabilities of the packages in constraints.txt
	@$(VENV_PYTHON) scripts/audit.py

.PHONY: constraints
constraints: needs-constraints ## write constraints.txt anew from pyproject.toml: UPGRADE=1 takes the newest versions, else those in it stay
	@$(VENV_PYTHON) scripts/constraints.py $(call flag,UPGRADE,--upgrade)

.PHONY: dependencies
dependencies: needs-test ## write docs/dependencies.md: versions, release dates and licences of constraints.txt
	@$(VENV_PYTHON) scripts/dependencies.py

.PHONY: dist
dist: needs-release ## build wheel, sdist and bill of materials into dist/, and check them as PyPI does
	@sh scripts/dist.sh

.PHONY: fuzz
fuzz: needs-test ## send hostile webhooks, frames, paths and uploads to real processes; ten to fifteen minutes
	@$(VENV_PYTHON) -m tests.fuzz

.PHONY: browser
browser: needs-docs ## install Chromium for the browser tests
	@sh scripts/browser.sh

.PHONY: bench
bench: needs-bench ## run the benchmarks and write docs/performance.md; needs wrk, ten minutes; ONLY="commit end_to_end": these alone; QUICK=1
	@$(VENV_PYTHON) -m bench $(call flag,QUICK,--quick) $(if $(call given,ONLY),--only $(call each_quoted,ONLY))

.PHONY: latency
latency: needs-bench ## measure the time from Avito's POST to the browser, a minute: make bench QUICK=1 ONLY=end_to_end
	@$(VENV_PYTHON) -m bench --quick --only end_to_end

.PHONY: screenshots
screenshots: needs-docs ## draw the panel's main states into docs/images (needs Chromium)
	@$(VENV_PYTHON) -m screenshots

##@ The webhook of a real account

.PHONY: subscribe
subscribe: needs-run ## subscribe, so that messages arrive at once; FORCE=1 answers every question with yes
	@$(AVITO_LIVE) subscribe $(call flag,FORCE,--yes)

.PHONY: unsubscribe
unsubscribe: needs-run ## remove our subscription and go back to polling
	@$(AVITO_LIVE) unsubscribe $(call flag,FORCE,--yes)

.PHONY: doctor
doctor: needs-run ## check everything between Avito and the panel, and say how to fix each problem
	@$(AVITO_LIVE) doctor

.PHONY: rotate-secret
rotate-secret: needs-run ## change the secret in the webhook's URL; both work for a day, no event is lost
	@$(AVITO_LIVE) rotate-secret $(call flag,FORCE,--yes)

##@ Server

.PHONY: up
up: needs-run ## start or upgrade with docker compose, wait until ready, print the address
	@sh scripts/compose_up.sh

.PHONY: down
down: ## stop what `make up` started; data and certificates stay
	@sh scripts/compose_ready.sh down && docker compose --profile monitoring down --remove-orphans

.PHONY: logs
logs: ## follow the logs of what `make up` started; PART=worker for one part
	@sh scripts/compose_ready.sh logs && docker compose logs --follow --tail 200 $(call each_quoted,PART)

.PHONY: backup
backup: needs-run ## write all data of the system to one file in var/backups; FILE=… elsewhere, FORCE=1 over a file
	@$(AVITO_LIVE) backup $(call flag,FORCE,--yes) -- $(call quoted,FILE)

.PHONY: restore-check
restore-check: needs-run ## restore the newest backup (or FILE=…) into a temporary Redis and compare the counts
	@$(AVITO_LIVE) restore-check -- $(call quoted,FILE)

.PHONY: restore
restore: needs-run ## restore a backup (FILE=…) into the empty Redis of a system whose services are stopped
	@$(AVITO_LIVE) restore -- $(call quoted,FILE)

.PHONY: forget
forget: needs-run ## remove a buyer's data for good: BUYER=… (number at Avito) or CHAT=… (id); FORCE=1: without a question
	@$(AVITO_LIVE) forget $(call option,BUYER,--buyer) $(call option,CHAT,--chat) $(call flag,FORCE,--yes)

.PHONY: account
account: needs-run ## remove the data of the account FROM=…, after a change to another one; FORCE=1: without a question
	@$(AVITO_LIVE) account $(call flag,FORCE,--yes) -- $(call quoted,FROM)
