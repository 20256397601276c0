# SPDX-License-Identifier: Apache-2.0
# The checks. Each runner leaves "passed failed" in $(O)/results/NAME; `make check` adds them up in one line.

results      := $(O)/results
FUZZ_SECONDS ?= 1
CLANG_FORMAT ?= $(or $(shell command -v clang-format-14),clang-format)
TEST         ?=
# Where the caller's make has no -j: as many jobs as processors.
jobs          = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$$(nproc))

deps: ## Install or name the packages that a build and its tests need
	$(Q)ports/host/deps.sh $(DEPS) build test

# Unit tests: every tests/unit/**/X_test.c is a cmocka program over all archives. `make tidy` sees to it that no two of
# their globals have one name.

units     := $(patsubst %.c,%,$(sort $(shell find tests/unit -name '*$(TEST)*_test.c')))
sims      := tests/sim/sim
# What is killed has calls of its own in place of the C library's.
kills     := tests/sim/kills
killed     = $(foreach f,fate machine,$(1)/tests/sim/$(f).o)
fuzzers   := $(patsubst %.c,%,$(sort $(wildcard tests/fuzz/*$(TEST)*_fuzz.c)))
# libmnl is the oracle of the netlink layer and listens in benches; no program of ours links it.
test-pkgs := $(ext-pkgs) $(foreach p,cmocka libmnl,$(shell $(pkg-config) --exists $(p) 2>/dev/null && echo $(p)))
test-libs  = $(call pkg-libs,$(test-pkgs)) $(tls) -lcrypt -lzstd $(if $(CONFIG_SOURCE_JOURNAL_XZ),-llzma) -lpthread -lm $(atomic)

# $(call some,LIST,WHAT): a TEST that no name has would pass with nothing tested.
some = $(if $(strip $(1)),,$(error no $(2) has '$(TEST)' in its name))

# $(call test-rule,DIR OF THE VARIANT,COMPILER,FLAGS,TEST,MORE OBJECTS,GROUPS BUT ALL)
define test-rule
$(1)/$(4): $(1)/$(4).o $(5) $(call libs,$(1),$(or $(6),$(groups)))
	@$$(say) LD $$@
	$(Q)$(2) $(cflags) $(CFLAGS) $(ldflags) $(3) $(LDFLAGS) -o $$@ $$< $(5) -Wl,--start-group \
		$(call libs,$(1),$(or $(6),$(groups))) -Wl,--end-group $$(test-libs)
-include $(1)/$(4).d
endef
$(foreach t,$(units) $(sims),$(eval $(call test-rule,$(O)/san,$(san-cc),$(sanitize),$(t))))
$(foreach t,$(kills),$(eval $(call test-rule,$(O)/san,$(san-cc),$(sanitize),$(t),$(call killed,$(O)/san))))
-include $(patsubst %.o,%.d,$(call killed,$(O)/san))

# Instrumented by gcov, for which branches no test takes. See tests/unit/counters.h for processes that end early.
cov-flags      := --coverage -Wl,--wrap=_exit,-u,__gcov_dump,-u,__gcov_reset
coverage-tests := $(units) $(sims) $(fuzzers)
$(eval $(call variant-rules,COV,$(O)/cov,$(CC),-Og --coverage,--coverage))
$(foreach t,$(units) $(sims),$(eval $(call test-rule,$(O)/cov,$(CC),$(cov-flags),$(t))))
$(foreach t,$(fuzzers),$(eval $(call test-rule,$(O)/cov,$(CC),$(cov-flags),$(t),$(O)/cov/tests/fuzz/driver.o)))

coverage: $(addprefix $(O)/cov/,$(coverage-tests)) ## Branches that unit tests, simulator and corpora take (VERBOSE=1 lists the others)
	$(Q)VERBOSE='$(VERBOSE)' COVERAGE_MIN='$(COVERAGE_MIN)' ports/host/coverage.sh $(O)/cov $^

check-coverage: $(addprefix $(O)/cov/,$(coverage-tests)) # of at least COVERAGE_MIN percent
	$(Q)RUNNER_SECONDS=3600 COVERAGE_MIN=$(or $(COVERAGE_MIN),90) \
		ports/host/count.sh $(results)/coverage ports/host/coverage.sh $(O)/cov $^

# Without sanitizers, for emulators and for valgrind.
$(foreach t,$(units),$(eval $(call test-rule,$(O),$(CC),$(harden),$(t))))

check-unit: $(addprefix $(O)/san/,$(units)) ## Unit tests with sanitizers (TEST=part of a name)
	$(Q)$(call some,$^,unit test)ports/host/run-unit.sh $(results)/unit $^

check-unit-plain: $(addprefix $(O)/,$(units)) ## Unit tests without sanitizers (RUN=an emulator)
	$(Q)$(call some,$^,unit test)RUN='$(RUN)' ports/host/run-unit.sh $(results)/unit-plain $^

check-corpus: all ## Decoders against recorded logs
	$(Q)O=$(O) RUN='$(RUN)' ports/host/count.sh $(results)/corpus tests/corpus/run

check-decisions: all ## What the guard decides over recorded logs, by caltrop replay
	$(Q)O=$(O) RUN='$(RUN)' ports/host/count.sh $(results)/decisions tests/corpus/decide

check-sim: $(addprefix $(O)/san/,$(sims)) ## The simulated world: power, link, disk and time fail
	$(Q)$(LOW) ports/host/count.sh $(results)/sim $(O)/san/$(sims) $(SIM)

KILLS ?= $(if $(THOROUGH),100000,1000)
check-kills: $(addprefix $(O)/san/,$(kills)) ## The actor and its core, killed at any effect of random orders (KILLS)
	$(Q)$(LOW) ports/host/count.sh $(results)/kills $(O)/san/$(kills) --kills $(KILLS)

# Fuzzers: libFuzzer where clang has it, else the driver in tests/fuzz; both over the objects of the unit tests.

ifneq ($(fuzz-cc),)
$(foreach t,$(fuzzers),$(eval $(call test-rule,$(O)/san,$(san-cc),$(sanitize) -fsanitize=fuzzer,$(t))))
else
$(foreach t,$(fuzzers),$(eval $(call test-rule,$(O)/san,$(san-cc),$(sanitize),$(t),$(O)/san/tests/fuzz/driver.o)))
endif
$(foreach t,$(fuzzers),$(eval $(call test-rule,$(O),$(CC),$(harden),$(t),$(O)/tests/fuzz/driver.o)))

check-fuzz: $(addprefix $(O)/san/,$(fuzzers)) ## Every fuzzer for FUZZ_SECONDS=1
	$(Q)$(call some,$^,fuzzer)ports/host/run-fuzz.sh $(results)/fuzz $(FUZZ_SECONDS) $^

check-fuzz-plain: $(addprefix $(O)/,$(fuzzers)) # replay without sanitizers, for emulators
	$(Q)RUN='$(RUN)' ports/host/run-fuzz.sh $(results)/fuzz-plain $(FUZZ_SECONDS) $^

fuzz: ## Every fuzzer for ten minutes (FUZZ_SECONDS, TEST)
	$(Q)$(MAKE) --no-print-directory check-fuzz FUZZ_SECONDS=$(if $(filter 1,$(FUZZ_SECONDS)),600,$(FUZZ_SECONDS))

# The scripts NN-name.sh of a folder, or those with TEST in their name, its number included.
numbered = $(sort $(filter $(wildcard $(1)/[0-9]*.sh),$(wildcard $(1)/*$(TEST)*.sh)))

# Those that take longest begin first, so that none of them is left over when all others have ended.
e2e-long    := 06-tiny 10-ban 14-pam-stack 15-faults 48-bad-store 65-isolate 72-captured-core 73-malicious-service
e2e-long    := $(e2e-long:%=tests/e2e/%.sh)
# These take minutes and have unit tests of their own: `make check-all` runs them, or their name does (TEST=64-service).
e2e-rare    := 10-iptables 42-crowd 42-identity 42-immunity 44-factor 44-guessing 44-outputs 44-passkey 44-sso 44-sso-console 48-bad-store 55-escrow 61-credential 63-pkcs11 64-managers 64-reboot 64-service 65-policy 66-authority 66-collect 66-iptables 69-credential 69-exposure 69-scans 71-other-kinds 76-fleet 82-console 82-console-built
e2e-rare    := $(if $(THOROUGH)$(TEST),,$(e2e-rare:%=tests/e2e/%.sh))
e2e-listed   = $(filter-out $(e2e-rare),$(call numbered,tests/e2e))
e2e-scripts  = $(filter $(e2e-long),$(e2e-listed)) $(filter-out $(e2e-long),$(e2e-listed))

# What plays a part in a world; a script that needs it builds it.
e2e-helpers := $(patsubst %.c,%,$(wildcard tests/e2e/*.c))
e2e-loaded  := tests/e2e/captured_server tests/e2e/crashing_core tests/e2e/malicious_server
$(foreach t,$(filter-out tests/e2e/ends $(e2e-loaded),$(e2e-helpers)),$(eval $(call test-rule,$(O),$(CC),$(harden),$(t))))

$(O)/tests/e2e/ends: tests/e2e/ends.c
	@$(say) LD $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(warn) -Os -fno-pie -fno-stack-protector -static -no-pie -nostartfiles -o $@ $<

# These are loaded into a program under test.
$(addprefix $(O)/,$(e2e-loaded)): $(O)/%: %.c
	@$(say) LD $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(warn) -O1 -fPIC -shared -o $@ $<

# What takes all that an attacker can send has sanitizers.
harnessed := $(if $(filter %-captured-core.sh %-malicious-service.sh,$(call numbered,tests/e2e)),\
	$(addprefix $(O)/san/,$(filter caltropd caltrop-core,$(progs-y))))

check-e2e: all $(harnessed) $(addprefix $(O)/,$(e2e-helpers)) ## Real programs in namespaces of their own (TEST=part of a name)
	$(Q)$(call some,$(call numbered,tests/e2e),script)
	$(Q)O=$(abspath $(O)) DEPS=$(abspath $(DEPS)) ports/host/run-e2e.sh $(results)/e2e $(O)/e2e $(e2e-scripts)

ifeq ($(ARCH),)
check-boot: all $(addprefix $(O)/,tests/bench/sink tests/e2e/execs tests/e2e/ends) ## The guard on a machine that boots, under qemu (TEST=part of a name), or a device of ARCH="arm64 amd64"
	$(Q)$(call some,$(call numbered,tests/boot),script)ports/host/deps.sh $(DEPS) build test boot
	$(Q)O=$(abspath $(O)) DEPS=$(abspath $(DEPS)) E2E_SECONDS=2400 E2E_JOBS=1 ports/host/run-e2e.sh $(results)/boot $(O)/boot \
		$(call numbered,tests/boot)
else
check-boot: all
	$(Q)ports/host/deps.sh $(DEPS) build test device $(foreach a,$(ARCH),cross-$(a) device-$(a))
	+$(Q)$(apart) tests/boot/device/check.sh $(ARCH)
endif

# Longer than a quick check may take: see the script.
CHAOS_SECONDS ?= 600
check-chaos: all $(addprefix $(O)/san/,$(filter caltropd caltrop-core,$(progs-y))) ## Ten minutes of kills, damage and full disks (CHAOS_SECONDS, SEED)
	$(Q)O=$(abspath $(O)) DEPS=$(abspath $(DEPS)) CHAOS_SECONDS=$(CHAOS_SECONDS) SEED=$(SEED) \
		E2E_SECONDS=$$(($(CHAOS_SECONDS) + 300)) ports/host/run-e2e.sh $(results)/chaos $(O)/e2e tests/e2e/chaos.sh

demo: deps ## One minute, once it is built: a real attack and the answer to it (KEEP=1 leaves it running)
	+$(Q)$(MAKE) --no-print-directory $(jobs) all
	$(Q)O=$(O) DEPS=$(abspath $(DEPS)) tests/e2e/demo.sh

# What plays the service's devices and operators needs what the service needs.
service-benches := $(addprefix tests/bench/,devices ingest search order floor_fan floor_sqlite floor_tls floor_bare)
benches := $(filter-out $(if $(CONFIG_SERVER),,$(service-benches)) $(if $(CONFIG_ACTION_ISOLATE),,tests/bench/isolate) \
	$(if $(CONFIG_ACTION_POLICY),,tests/bench/policy) \
	$(if $(CONFIG_SENSOR_PROCESS_BPF),,tests/bench/alert),\
	$(patsubst %.c,%,$(wildcard tests/bench/*.c))) $(if $(CONFIG_SERVER),$(sims))
# These listen to the kernel, with libmnl.
listeners := $(addprefix tests/bench/,journal react)
listen    := $(O)/tests/bench/load/load_drop.o
$(foreach t,$(benches),$(eval $(call test-rule,$(O),$(CC),$(harden),$(t),$(if $(filter $(listeners),$(t)),$(listen)))))
-include $(listen:.o=.d)

bench-programs: all $(addprefix $(O)/,$(benches) tests/e2e/execs tests/e2e/ends tests/e2e/connects) # what tests/bench needs

bench: bench-programs ## How fast: ratios to floors and peers in the same run (ONLY="react order", QUICK=1)
	$(Q)O=$(O) DEPS=$(abspath $(DEPS)) tests/bench/run.sh

bench-ab: bench-programs ## Today's programs against those of OLD=commit, in turns (PAIRS=5, ONLY, QUICK=1)
	+$(Q)O=$(O) DEPS=$(abspath $(DEPS)) KCONFIG_CONFIG=$(abspath $(KCONFIG_CONFIG)) OLD='$(OLD)' tests/bench/ab.sh

# Checks that build in folders of their own: with the jobs of the make that checks, or as many as there are processors.

apart = O=$(O) DEPS=$(abspath $(DEPS)) RUNNER_SECONDS=7200 \
	JOBS=$(jobs) ports/host/count.sh $(results)/$(@:check-%=%)

check-tidy: all ## House rules that a script can see
	$(Q)O=$(O) CC='$(CC)' CLANG_FORMAT='$(CLANG_FORMAT)' ports/host/count.sh $(results)/tidy tests/tidy/tidy.sh

feeds: ## Write what the files of ports/openwrt, buildroot and yocto have of Kconfig
	$(Q)ports/host/feeds.sh

check-ports: all ## The files for OpenWrt, Buildroot, Yocto and Alpine: their rules, and what they do, with stand-ins
	$(Q)O=$(O) ports/host/count.sh $(results)/ports tests/ports/check.sh

format: ## Lay out all C as .clang-format says (clang-format 14)
	$(Q)git ls-files '*.c' '*.h' | xargs -n 40 $(CLANG_FORMAT) -i

tidy: check-tidy ## Same as check-tidy

check-profiles: ## Build tiny, default, full, allno and allyes with warnings as errors
	+$(Q)$(apart) ports/host/profiles.sh tiny_defconfig default_defconfig full_defconfig allnoconfig allnoconfig+AGENT \
		allyesconfig

# Each file by itself: the profiles are what is optimised as a whole.
check-random: ## Build ten random configurations (SEED=n)
	+$(Q)LTO=n $(apart) ports/host/profiles.sh $(foreach n,0 1 2 3 4 5 6 7 8 9,randconfig+AGENT:$(or $(SEED),1)$(n))

check-clang: ## Build everything with clang, warnings as errors
	+$(Q)CC=clang $(apart) ports/host/profiles.sh full_defconfig

# 32 bits, and the other order of bytes. The others that Debian has are for before a release.
processors := $(or $(ARCH),armhf s390x)

check-cross: ## Unit tests and corpus on other processors, emulated (ARCH="mipsel arm64": those of ports/host/processors)
	$(Q)ports/host/deps.sh $(DEPS) build test cross $(processors:%=cross-%)
	+$(Q)UNIT_SECONDS=1800 $(apart) ports/host/cross.sh $(processors)

# The guard alone: what the service and the desk need comes from Debian.
check-musl: ## The guard, static with musl from Debian's sources: sizes, unit tests, corpus (ARCH="x86_64 mipsel": those of ports/host/processors-musl; TEST)
	$(Q)ports/host/deps.sh $(DEPS) build test cross musl $(patsubst %,cross-%,$(filter-out x86_64,$(ARCH)))
	+$(Q)UNIT_SECONDS=1800 $(apart) ports/host/musl.sh $(or $(ARCH),x86_64)

check-debian12 check-debian13: ## All quick checks in a fresh Debian (root)
	$(Q)ports/host/deps.sh $(DEPS) build test cross
	$(Q)$(apart) ports/host/debian.sh $(if $(filter %13,$@),trixie,bookworm)

check-deb: ## Debian's packages, built twice, judged, installed, upgraded and purged in fresh Debian 12 and 13 (root; SUITE, ONLY)
	$(Q)ports/host/deps.sh $(DEPS) cross
	$(Q)$(apart) tests/deb/check.sh $(or $(SUITE),bookworm trixie)

footprint: ## What every profile and option costs in bytes; each source at rest; writes the Costs lines of Kconfig (20 minutes)
	$(Q)O=$(O) DEPS=$(abspath $(DEPS)) tests/footprint/footprint.sh

# One make makes all of them, so that what waits (end to end) and what computes (compilers, fuzzers) goes on side by side;
# end to end comes first, since it takes longest, and compilers yield to it. Without a -j of the caller's there are as many
# jobs as processors, and one that waits. What a check says is said when it has ended.
checks       := e2e tidy ports corpus decisions sim kills unit fuzz
checks-timed := chaos boot debian13
checks-built := coverage profiles clang random cross reproducible deb
side-by-side = -k -Orecurse $(if $(findstring j,$(filter -j% --jobserver%,$(MAKEFLAGS))),,-j$$(($$(nproc) + 1))) LOW='nice -n 15'

check: deps ## All quick checks, a quarter of an hour; the last line is "N passed, N failed"
	$(Q)rm -rf $(results)
	+$(Q)$(MAKE) --no-print-directory $(side-by-side) $(checks:%=check-%) || :
	$(Q)ports/host/sum.sh $(results) $(checks)

# All cases of each kind, and the time for them.
thorough := THOROUGH=1 UNIT_SECONDS=1800 RUNNER_SECONDS=3600

# What is timed goes on one after the other; beside it, yielding to it, what compiles.

check-all: ## check, and the long ones: chaos, coverage, profiles, clang, random, cross, reproducible, deb, a booted machine, Debian 13 (root, hours, 20 GB)
	$(Q)ports/host/deps.sh $(DEPS) build test cross boot $(processors:%=cross-%)
	$(Q)rm -rf $(results)
	+$(Q)$(thorough) $(MAKE) --no-print-directory $(side-by-side) $(checks:%=check-%) FUZZ_SECONDS=20 SIM='--seeds 3000' || :
	+$(Q)nice -n 15 $(MAKE) --no-print-directory $(side-by-side) $(checks-built:%=check-%) & \
		trap "kill $$!; exit 130" INT TERM HUP; \
		for c in $(checks-timed); do $(MAKE) --no-print-directory check-$$c ARCH= || :; done; wait
	$(Q)ports/host/sum.sh $(results) $(checks) $(checks-timed) $(checks-built)

.PHONY: deps demo feeds format coverage bench bench-ab bench-programs fuzz tidy footprint check check-all check-unit check-unit-plain check-corpus check-decisions check-sim check-kills check-fuzz \
	check-fuzz-plain check-e2e check-chaos check-boot check-coverage check-ports check-tidy check-profiles check-random check-clang check-cross check-musl check-debian12 check-debian13 check-deb
