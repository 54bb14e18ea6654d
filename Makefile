# The commands of this checkout; the work is done by the scripts they call.
.PHONY: help run stop status logs build package test fuzz soak bench api schema clean
.DEFAULT_GOAL := help

help:
	@echo "make run      build, start or update the whole stack, wait until it is healthy"
	@echo "make stop     end it"
	@echo "make status   how it is"
	@echo "make logs     follow its logs (NAME=ocms-robots: of one program)"
	@echo "make build    build everything, tests too"
	@echo "make package  Debian packages, in build/packages"
	@echo "make test     all tests (SUITE=unit: one suite alone; tests/run.sh names them)"
	@echo "make fuzz     every parser against made-up input (HONGYAN_FUZZ_SECONDS=30 for each)"
	@echo "make soak     an hour of traffic and kills (MINUTES=60), then longer fuzzing"
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

package:
	@infra/packaging/build.sh

test:
	@tests/run.sh $(SUITE)

fuzz:
	@tests/run.sh fuzz

soak:
	@HONGYAN_TEST_SOAK_MINUTES=$(or $(MINUTES),60) HONGYAN_FUZZ_SECONDS=$(or $(HONGYAN_FUZZ_SECONDS),300) \
	    tests/run.sh soak fuzz

bench:
	@tests/bench/run.sh $(PART)

api:
	@infra/dev/packages.sh
	@infra/dev/build.sh build -- hongyanctl
	@build/bin/hongyanctl api

clean:
	@rm -rf build build-asan build-tsan build-fuzz

# The schema as it stands after all migrations, from the database of make run.
schema:
	@infra/dev/schema.sh >sql/schema.sql.new || { rm -f sql/schema.sql.new; exit 1; }
	@mv sql/schema.sql.new sql/schema.sql
