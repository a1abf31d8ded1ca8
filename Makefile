# packshot: `make demo` shows it at work, `make test` proves it. Each flavour has a build tree of its own:
#   make SAN=address,undefined unit     make SAN=thread unit     make CC=clang
PKGS    := vips libjpeg zimg libcurl libcjson sqlite3 libcrypto libmicrohttpd
PREFIX  ?= /usr/local
VERSION := $(shell cat VERSION)
# libvips and glib lock in ways that the thread sanitizer cannot see.
export TSAN_OPTIONS ?= ignore_noninstrumented_modules=1
PYTHON  ?= /usr/bin/python3
comma   := ,
SAN     ?=
B       ?= build/$(or $(subst $(comma),-,$(SAN)),plain)$(if $(filter clang%,$(CC)),-clang)
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wformat=2 \
           -Wundef -Wvla -Wno-missing-field-initializers -Wno-format-nonliteral -Werror
OPT     ?= $(if $(SAN),-O1,-O3)
ALL      = -std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE -DPACKSHOT_VERSION='"$(VERSION)"' -I. $(OPT) -g $(WARN) -pthread \
           $(CFLAGS) $(CPPFLAGS) $(shell pkg-config --cflags $(PKGS)) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
LIBS     = -Wl,--build-id=sha1 $(LDFLAGS) $(shell pkg-config --libs $(PKGS)) -lcsv -lm -ldl
C       := $(wildcard pipeline/*.c stages/*.c jobs/*.c)
LIB      = $(patsubst %.c,$B/%.o,$(filter-out jobs/main.c,$C))
DATA     = $(patsubst schemas/%,$B/schemas/%.o,$(wildcard schemas/*.json schemas/*.sql schemas/copy/*.json schemas/prompts/*.txt schemas/report/*))
tests    = $(patsubst %.c,$B/%,$(wildcard tests/$(1)/*.c))

packshot: $B/packshot ; @ln -sf $< $@
$B/packshot: $B/jobs/main.o $B/libpackshot.a ; $(CC) $(ALL) $^ -o $@ $(LIBS)
$B/libpackshot.a: $(LIB) $(DATA) ; @rm -f $@ && ar rcs $@ $^
$B/%.o: %.c VERSION ; @mkdir -p $(@D) && $(CC) $(ALL) -MMD -MP -c $< -o $@
# Data is embedded as it is: schemas/a.json becomes the symbols schemas_a_json and schemas_a_json_end.
$B/schemas/%.o: schemas/% schemas/embed ; @mkdir -p $(@D) && sh schemas/embed $< | $(CC) -c -x assembler - -o $@
$B/tests/%: tests/%.c $B/libpackshot.a
	@mkdir -p $(@D) && $(CC) $(ALL) -MMD -MP $< $B/libpackshot.a -o $@ -lcmocka $(LIBS)
$B/tests/refusal.so: tests/shim/refusal.c ; @mkdir -p $(@D) && $(CC) -shared -fPIC -O1 -Wall -Wextra $< -o $@ -ldl
-include $(shell find $B -name '*.d' 2>/dev/null)

# --- the two commands of the README ---
demo: ; @sh jobs/setup && $(MAKE) -s -j2 packshot && $(MAKE) -s model && sh jobs/demo ./packshot
test: ; @sh jobs/setup --test && $(MAKE) -s -j2 packshot test-programs && $(MAKE) -s model && $(MAKE) -s check

model: ; @sh jobs/get-model
test-programs: packshot $(call tests,unit) $(call tests,flow) $B/tests/refusal.so ;
check: test-programs layers ; @B=$B PYTHON=$(PYTHON) sh tests/run $(call tests,unit) $(wildcard tests/flow/test_*.py tests/flow/*.sh)
unit: $(call tests,unit) ; @B=$B sh tests/run $^
# The long forms of what the tests do briefly.
torture: test-programs
	@B=$B RATE_SECONDS=65 FLIGHT_ROUNDS=16 FLIGHT_SHARE=0.9 $(PYTHON) tests/flow/test_api.py
	@B=$B KILLS=60 $(PYTHON) tests/flow/test_death.py
	@B=$B KILLS=200 KILL_ITEMS=300 $(PYTHON) tests/flow/test_kill_paid.py
	@B=$B BUDGETS=50 $(PYTHON) tests/flow/test_budget.py
	@B=$B REFUSALS=0 $(PYTHON) tests/flow/test_refusal.py
bench: packshot $(call tests,bench) $(call tests,flow)
	@$B/tests/bench/picture_steps sample_data/photos/mug-1.jpg
	@B=$B $(PYTHON) tests/bench/run.py ./packshot
	@B=$B $(PYTHON) tests/bench/api.py ./packshot
	@B=$B $(PYTHON) tests/bench/unchanged.py ./packshot

install: packshot
	install -D -m 755 $B/packshot $(DESTDIR)$(PREFIX)/bin/packshot
	install -D -m 644 jobs/packshot.1 $(DESTDIR)$(PREFIX)/share/man/man1/packshot.1
	for f in packshot-nightly.service packshot-nightly.timer crontab.example kubernetes-cronjob.yaml; do install -D -m 644 jobs/$$f $(DESTDIR)$(PREFIX)/share/packshot/examples/$$f; done
	install -D -m 755 jobs/get-model $(DESTDIR)$(PREFIX)/share/packshot/get-model
	for f in schemas/*.schema.json schemas/store*.sql; do install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/packshot/$$f; done

# --- the house rules ---
door = @! grep -l '$(1)' pipeline/*.[ch] stages/*.[ch] jobs/*.[ch] | grep -v '^$(2)'
layers:
	@! grep -nE '#include "(stages|jobs)/' pipeline/*.[ch]
	@! grep -nE '#include "jobs/' stages/*.[ch]
	$(call door,#include <curl/,pipeline/wire)
	$(call door,#include <sqlite3,pipeline/store)
	$(call door,#include <vips/,stages/picture)
	$(call door,#include <microhttpd,jobs/exporter)
	$(call door,#include <jpeglib,stages/picture)
	$(call door,#include <zimg,stages/picture)
	@! grep -n '#include <cjson/' pipeline/*.[ch]
	@test -z "$$(ls pipeline/*.c stages/*.c jobs/*.c | xargs -n1 basename | sort | uniq -d)" # the archive knows them by base name
lint: layers
	@sh tests/lint
clean: ; rm -rf build packshot
.PHONY: packshot demo test model test-programs check unit torture bench install layers lint clean
