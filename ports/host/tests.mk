# SPDX-License-Identifier: Apache-2.0
# The checks. Each runner leaves "passed failed" in $(O)/results/NAME; `make check` adds them up in one line.

results := $(O)/results
sum      = ports/host/sum.sh $(results) $(1)

# Unit tests: every tests/unit/**/X_test.c is a cmocka program over the sanitized archives. Names are unique in
# the agent and in the server, not across them: a test sees the archives of its own half first.

TEST      ?=
units     := $(patsubst %.c,%,$(sort $(shell find tests/unit -name '*$(TEST)*_test.c')))
groups-of  = $(if $(findstring /server-stub/,$(1)),server fleetcli cli agent actor,$(if $(findstring /agent/actor/,$(1)),actor agent cli server fleetcli,agent actor cli fleetcli server)) \
	base proto test
test-pkgs := $(sort $(ext-pkgs) libmnl libnftnl cmocka)
test-libs := $(tls) -lcrypt

# $(call unit-rule,VARIANT DIR,COMPILER AND FLAGS,TEST)
define unit-rule
$(1)/$(3): $(1)/$(3).o $(foreach g,$(groups),$(1)/lib$(g).a)
	@$$(say) LD $$@
	$(Q)$(2) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) -o $$@ $$< -Wl,--start-group \
		$(call libs,$(1),$(call groups-of,$(3))) -Wl,--end-group $$(call pkg-libs,$(test-pkgs)) $(test-libs) -lpthread -lm
-include $(1)/$(3).d
endef
$(foreach t,$(units),$(eval $(call unit-rule,$(O)/san,$(CC) $(sanitize),$(t))))

check-unit: $(addprefix $(O)/san/,$(units)) ## Unit tests with sanitizers (TEST=part of a name)
	$(Q)ports/host/run-unit.sh $(results)/unit $^

.PHONY: check-unit
