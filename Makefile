# The commands of this checkout; the work is done by the scripts they call.
.PHONY: help run stop status logs build test bench api schema clean
.DEFAULT_GOAL := help

help:
	@echo "make run      build, start or update the whole stack, wait until it is healthy"
	@echo "make stop     end it"
	@echo "make status   how it is"
	@echo "make logs     follow its logs (NAME=ocms-robots: of one program)"
	@echo "make build    build everything, tests too"
	@echo "make test     all tests (SUITE=unit: unit, core, relay, cases or e2e alone)"
	@echo "make bench    how fast it is, into tests/bench/RESULTS.md (PART=http: one part alone)"
	@echo "make api      refresh what is generated from the route tables"
	@echo "make clean    remove the build trees; var/ with its data stays"
	@echo
	@echo "Settings: HONGYAN_PORT=8821 make run, HONGYAN_RATE_LIMIT=off make run, ..."

run:
	@infra/dev/run.sh

stop:
	@infra/dev/stop.sh

status:
	@infra/dev/status.sh

logs:
	@infra/dev/logs.sh $(NAME)

build:
	@infra/dev/packages.sh
	@infra/dev/build.sh build -- all

test:
	@tests/run.sh $(SUITE)

bench:
	@tests/bench/run.sh $(PART)

api:
	@infra/dev/packages.sh
	@infra/dev/build.sh build -- hongyanctl
	@build/bin/hongyanctl api

clean:
	@rm -rf build build-asan build-tsan

# The schema as it stands after all migrations, from the database of make run.
schema:
	@infra/dev/schema.sh >sql/schema.sql
