# SPDX-License-Identifier: Apache-2.0
test-y += tests/unit/agent/rules/many_rules.o
