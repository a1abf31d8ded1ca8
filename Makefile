# packshot - `make demo` shows it at work, `make test` proves it. Each flavour has a tree of its own:
#   make SAN=address,undefined test     make SAN=thread test     make CC=clang
PKGS   := vips libcurl libcjson sqlite3 libcrypto
PREFIX ?= /usr/local
comma  := ,
SAN    ?=
B      ?= build/$(or $(subst $(comma),-,$(SAN)),plain)$(if $(filter clang%,$(CC)),-clang)
WARN   := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wformat=2 \
          -Wundef -Wvla -Wno-missing-field-initializers -Wno-format-nonliteral -Werror
OPT    ?= $(if $(SAN),-O1,-O2)
ALL     = -std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE -I. -I$B $(OPT) -g $(WARN) -pthread $(CFLAGS) \
          $(shell pkg-config --cflags $(PKGS)) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
LIBS    = $(shell pkg-config --libs $(PKGS)) -lcsv -lm -ldl
SRC    := $(wildcard pipeline/*.c stages/*.c)
OBJ     = $(SRC:%.c=$B/%.o)
JOBS    = $(patsubst %.c,$B/%.o,$(wildcard jobs/*.c))
DATA    = $(patsubst schemas/%,$B/schemas/%.o,$(wildcard schemas/*.json schemas/*.sql schemas/copy/*.json))
UNIT    = $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/*.c))

packshot: $B/packshot ; ln -sf $< $@
$B/packshot: $(JOBS) $B/libpackshot.a ; $(CC) $(ALL) $^ -o $@ $(LIBS)
$B/libpackshot.a: $(OBJ) $(DATA) ; rm -f $@ && ar rcs $@ $^
$B/%.o: %.c ; @mkdir -p $(@D) && $(CC) $(ALL) -MMD -MP -c $< -o $@
# Data is embedded as it is: schemas/a.json becomes the symbols schemas_a_json and schemas_a_json_end.
$B/schemas/%.o: schemas/% ; @mkdir -p $(@D) && sh schemas/embed $< | $(CC) -c -x assembler - -o $@
$B/tests/unit/%: tests/unit/%.c $B/libpackshot.a ; @mkdir -p $(@D) && $(CC) $(ALL) -MMD -MP $< $B/libpackshot.a -o $@ -lcmocka $(LIBS)
-include $(shell find $B -name '*.d' 2>/dev/null)

unit: $(UNIT) ; @for t in $(UNIT); do $$t || exit 1; done
clean: ; rm -rf build packshot
.PHONY: packshot unit clean
