# SPDX-License-Identifier: ISC
#
# make            build everything (VARIANT=release)
# make demo       the main job, as a story, on this machine
# make test       what every change must pass; prints "N passed, N failed" at its end
# make test-long  what that leaves out, in hours; the same line at its end
# make web        the reporter's page: build/web/tocsin.html
# make test-web   its tests, in a real browser; make test includes them
# make test-tor   the main job over a private Tor network (make test has it, too,
#                 unless TOCSIN_NO_TOR=1)
# make check      the quick tests of one variant (make VARIANT=asan check)
# make vectors    write tests/vectors/*.json anew from fixed seeds
# make bench      figures, as ratios to something measured in the same run
# make install    PREFIX=/usr/local DESTDIR=
# make install-relay    what a relay's machine needs, and no more
#
# Variants: release; test (test clock); clang (test clock, clang);
# asan (test clock, address and undefined-behaviour sanitizers); tsan (test
# clock, thread sanitizer); fuzz (by make fuzz-NAME).

VARIANT ?= release
PREFIX ?= /usr/local
B := build/$(VARIANT)

ifneq ($(filter clang fuzz,$(VARIANT)),)
CC := clang
else
CC := gcc
endif
# What was compiled before, in this folder or another, is not compiled again.
CCACHE := $(shell command -v ccache 2>/dev/null)
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1
ifneq ($(VARIANT),release)
DEFS := -DTOCSIN_TEST_CLOCK
# What tests alone run is linked by the quicker linker, where there is one.
LINKER := $(if $(shell command -v ld.gold 2>/dev/null),-fuse-ld=gold)
endif

ifeq ($(V),)
Q := @
endif

WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wsign-conversion \
	-Wformat=2 -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wundef
ifeq ($(VARIANT),asan)
MODE := -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
else ifeq ($(VARIANT),tsan)
MODE := -O1 -g1 -fsanitize=thread
else ifeq ($(VARIANT),fuzz)
MODE := -O1 -g -fsanitize=fuzzer-no-link,address,undefined
else
MODE := -O2 -g -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
	-fstack-protector-strong -fstack-clash-protection
LINK := -Wl,-z,relro,-z,now
endif

PKGS := libsodium libevent libevent_pthreads libcrypto libssl lmdb libcurl \
	sqlite3 jansson libseccomp libqrencode
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)
PKG_CFLAGS := $(call pkg,--cflags,$(PKGS))

INCLUDES := -Iproto -Iproto/host -Irelay -Irelay/store -Iclient/common \
	-Iclient/common/visit -Iclient/reporter -Iclient/desk -Iclient/root -Itests/lib
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(DEFS) $(WARN) $(MODE) -fPIE -pthread \
	$(INCLUDES) $(PKG_CFLAGS) -MMD -MP $(CFLAGS)
ALL_LDFLAGS = -pie -pthread $(MODE) $(LINKER) $(LINK) $(LDFLAGS)

# One archive a folder; a program takes only what it uses.
PROTO := $(wildcard proto/*.c)
HOST := $(wildcard proto/host/*.c)
RELAY := $(filter-out relay/main.c,$(wildcard relay/*.c relay/store/*.c))
COMMON := $(wildcard client/common/*.c client/common/visit/*.c)
REPORTER := $(filter-out client/reporter/main.c,$(wildcard client/reporter/*.c))
DESK := $(filter-out client/desk/main.c,$(wildcard client/desk/*.c))
ROOT := $(filter-out client/root/main.c,$(wildcard client/root/*.c))
TESTLIB := $(wildcard tests/lib/*.c)

# What does not read the test clock is one object for "release" and "test".
CLOCKED := $(shell grep -l TOCSIN_TEST_CLOCK relay/main.c relay/ctl/*.c client/*/main.c \
	$(PROTO) $(HOST) $(RELAY) $(COMMON) $(REPORTER) $(DESK) $(ROOT) $(TESTLIB))
ifneq ($(filter release test,$(VARIANT)),)
PLAIN := build/plain
else
PLAIN := $(B)
endif
objs = $(foreach f,$(1),$(if $(filter $(f),$(CLOCKED)),$(B),$(PLAIN))/obj/$(f:.c=.o))
LIBS := $(foreach l,proto host relay common reporter desk root testlib,\
	$(B)/lib/$(l).a)

$(B)/lib/proto.a: $(call objs,$(PROTO))
$(B)/lib/host.a: $(call objs,$(HOST))
$(B)/lib/relay.a: $(call objs,$(RELAY))
$(B)/lib/common.a: $(call objs,$(COMMON))
$(B)/lib/reporter.a: $(call objs,$(REPORTER))
$(B)/lib/desk.a: $(call objs,$(DESK))
$(B)/lib/root.a: $(call objs,$(ROOT))
$(B)/lib/testlib.a: $(call objs,$(TESTLIB))

BASE := $(B)/lib/host.a $(B)/lib/proto.a
PROGRAMS := $(patsubst %,$(B)/bin/%,\
	$(if $(wildcard relay/main.c),tocsin-relayd) \
	$(if $(wildcard relay/ctl/main.c),tocsin-relayctl) \
	$(if $(wildcard client/reporter/main.c),tocsin) \
	$(if $(wildcard client/desk/main.c),tocsin-desk) \
	$(if $(wildcard client/root/main.c),tocsin-root))

UNIT := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*_test.c))
GENS := $(patsubst %.c,$(B)/%,$(wildcard tests/vectors/gen/*.c))
FUZZ := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/*_fuzz.c))
ifeq ($(filter asan tsan,$(VARIANT)),)
CT := $(patsubst %.c,$(B)/%,$(wildcard tests/ct/*_ct.c))
endif
# What tests/all runs of a variant that is not the sanitizers'.
PORTABLE := $(patsubst %,$(B)/tests/unit/%,$(shell grep -v '^\#' tests/portable))
ifeq ($(VARIANT),clang)
# Debian 12's valgrind can't read the debug information of its clang.
$(CT): LINK += -Wl,--strip-debug
endif
TOOLS := $(patsubst %.c,$(B)/%,$(wildcard tests/tools/*.c))
BENCH := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))

.DEFAULT_GOAL := all
.PHONY: all tests quick threads check test test-long test-tor web test-web demo vectors bench install relay install-relay setup clean format pot
.SECONDARY:
.DELETE_ON_ERROR:

# Translations: client/po/LANG.po serve the programs and the web page alike.
MO := $(patsubst client/po/%.po,$(B)/share/locale/%/LC_MESSAGES/tocsin.mo,\
	$(wildcard client/po/*.po))
$(B)/share/locale/%/LC_MESSAGES/tocsin.mo: client/po/%.po
	@mkdir -p $(@D)
	$(Q)msgfmt --check-format -o $@ $<

all: $(PROGRAMS) $(B)/relayd.pure $(MO)
RELAY_PROGRAMS := $(filter %/tocsin-relayd %/tocsin-relayctl,$(PROGRAMS))
relay: $(RELAY_PROGRAMS) $(B)/relayd.pure $(MO)
# What tests/threads runs.
threads: $(PROGRAMS) $(TOOLS) $(MO) $(patsubst %,$(B)/tests/unit/%_test,\
	pool store_threads store_boards)
tests: all $(UNIT) $(GENS) $(TOOLS) $(CT) $(if $(filter asan,$(VARIANT)),$(FUZZ))
quick: all $(PORTABLE) $(GENS) $(if $(filter test,$(VARIANT)),$(TOOLS) $(CT))

define compile
@mkdir -p $(@D)
@$(if $(V),,echo "  CC $@")
$(Q)$(CCACHE) $(CC) $(ALL_CFLAGS) -c -o $@ $<
endef
$(B)/obj/%.o: %.c Makefile
	$(compile)
ifneq ($(PLAIN),$(B))
$(PLAIN)/obj/%.o: %.c Makefile
	$(compile)
endif

$(B)/lib/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

crypto_libs := $(call pkg,--libs,libsodium libcrypto)
relay_libs := $(call pkg,--libs,libevent libevent_pthreads libssl lmdb libseccomp jansson)
client_libs := $(call pkg,--libs,libcurl sqlite3 jansson libqrencode) -lm

define program # name, main objects, archives, libraries
$(B)/bin/$(1): $$(call objs,$(2)) $(3) $(BASE)
	@mkdir -p $$(@D)
	@$(if $(V),,echo "  LD $$@")
	$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$(call objs,$(2)) $(3) $(BASE) $(4) $(crypto_libs)
endef
$(eval $(call program,tocsin-relayd,relay/main.c,$(B)/lib/relay.a,$(relay_libs)))
$(eval $(call program,tocsin-relayctl,$(wildcard relay/ctl/*.c),$(B)/lib/relay.a,$(relay_libs)))
$(eval $(call program,tocsin,client/reporter/main.c,$(B)/lib/reporter.a $(B)/lib/common.a,$(client_libs)))
$(eval $(call program,tocsin-desk,client/desk/main.c,$(B)/lib/desk.a $(B)/lib/common.a,$(client_libs)))
$(eval $(call program,tocsin-root,client/root/main.c,$(B)/lib/root.a $(B)/lib/common.a,$(client_libs)))

# The relay must not be able to open what it carries.
OPENERS := entry_open|hpke_open|hpke_setup_r|answer_open|body_box_open|xwing_decaps|mlkem_decaps|head_parse
$(B)/relayd.pure: $(filter %/tocsin-relayd,$(PROGRAMS))
	@mkdir -p $(@D)
	@for p in $^; do if nm $$p | grep -E ' ($(OPENERS))$$'; then \
		echo "$$p can open sealed things" >&2; exit 1; fi; done
	@touch $@

$(B)/tests/%: $(PLAIN)/obj/tests/%.o $(LIBS)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group \
		$(client_libs) $(relay_libs) $(crypto_libs) -lcmocka

# A fuzz target runs on its corpus and mutations of it with this small main;
# make fuzz-NAME runs it under libFuzzer instead.
$(B)/tests/fuzz/%_fuzz: $(PLAIN)/obj/tests/fuzz/%_fuzz.o $(PLAIN)/obj/tests/fuzz/main.o $(LIBS)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(PLAIN)/obj/tests/fuzz/main.o \
		-Wl,--start-group $(LIBS) -Wl,--end-group \
		$(client_libs) $(relay_libs) $(crypto_libs)
fuzz-%:
	@mkdir -p build/fuzz/found/$*
	@$(MAKE) --no-print-directory VARIANT=fuzz build/fuzz/tests/libfuzzer/$*
	build/fuzz/tests/libfuzzer/$* -max_total_time=$(or $(SECONDS),60) build/fuzz/found/$* tests/fuzz/corpus/$*
$(B)/tests/libfuzzer/%: $(B)/obj/tests/fuzz/%_fuzz.o $(LIBS)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< \
		-Wl,--start-group $(LIBS) -Wl,--end-group \
		$(client_libs) $(relay_libs) $(crypto_libs)

vectors: $(GENS)
	@for g in $(GENS); do $$g >tests/vectors/$$(basename $$g).json.tmp && \
		mv tests/vectors/$$(basename $$g).json.tmp tests/vectors/$$(basename $$g).json || exit 1; done

check: tests
	tests/run $(VARIANT)

setup:
	@scripts/setup

# Both compilers, both modes, every kind of test; what is slow and proves nothing
# alone that is not proved here in a shorter form is for test-long.
test test-long: setup
	@scripts/setup web firefox
	tests/all $(if $(filter test-long,$@),--long)

# The reporter's page, one file, the same bytes each time. While translations
# are being made: TOCSIN_WEB_DRAFT=1 make web
WEB := client/web
web: build/web/tocsin.html
$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	scripts/setup web
	cd $(WEB) && npm ci --no-fund --no-audit --ignore-scripts
	@touch $@
build/web/tocsin.html: $(WEB)/node_modules/.package-lock.json $(wildcard client/po/*.po) \
		$(filter $(WEB)/%,$(shell git ls-files $(WEB) 2>/dev/null))
	node $(WEB)/build.mjs $@
test-web: web
	@scripts/setup firefox
	@$(MAKE) --no-print-directory VARIANT=test all
	tests/web

test-tor: setup
	@scripts/setup firefox
	@$(MAKE) --no-print-directory VARIANT=test tests
	FILM=$${FILM:-5000000} tests/tor/run

demo: setup web
	@$(MAKE) --no-print-directory VARIANT=test all build/test/tests/tools/hostile
	scripts/demo

bench: $(PROGRAMS) $(BENCH) $(TOOLS)
	tests/bench/run $(VARIANT)

# A unit of systemd comes with the relay; it starts nothing by itself.
define install_files # programs, man pages
	for d in bin share/man/man1 share/man/man5 share/man/man8 lib/systemd/system; do \
		install -d $(DESTDIR)$(PREFIX)/$$d || exit 1; done
	install -m 755 $(1) $(DESTDIR)$(PREFIX)/bin
	for m in $(2); do \
		install -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man$${m##*.} || exit 1; done
	sed 's|/usr/local|$(PREFIX)|' relay/tocsin-relayd.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/tocsin-relayd.service
	if [ -d $(B)/share/locale ]; then cp -r $(B)/share/locale $(DESTDIR)$(PREFIX)/share/; fi
endef
install: all
	$(call install_files,$(PROGRAMS),$(wildcard relay/man/*.[158] client/man/*.[158]))
install-relay:
	@scripts/setup relay
	@$(MAKE) --no-print-directory relay
	$(call install_files,$(RELAY_PROGRAMS),$(wildcard relay/man/*.[158]))

# Collects what is to be translated, and brings the catalogues up to date.
pot:
	@mkdir -p build client/po
	xgettext --from-code=UTF-8 -L C -k_ -kN_ -s --no-location --no-wrap --package-name=tocsin \
		-o build/tocsin.pot $(sort $(shell git ls-files '*.c' '*.h'))
	xgettext --from-code=UTF-8 -L JavaScript -kt -s --no-location --no-wrap -j -o build/tocsin.pot \
		$(sort $(shell git ls-files 'client/web/src/*.js'))
	sed -n 's/^ *\(".*"\),\{0,1\}$$/t(\1)/p' client/web/noscript.json | \
		xgettext --from-code=UTF-8 -L JavaScript -kt -s --no-location --no-wrap -j -o build/tocsin.pot -
	sed -i '/^"POT-Creation-Date/d' build/tocsin.pot
	for f in client/po/*.po; do [ ! -e $$f ] || \
		msgmerge -q -s --no-wrap --no-fuzzy-matching --backup=none -U $$f build/tocsin.pot; done

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build

-include $(shell find $(B) $(PLAIN) -name '*.d' 2>/dev/null)
