/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that table.c collects: the option each belongs to, and the name of its file, which defines NAME_row. */
#pragma once

#include "agent/actor/verb/action.h"

/* clang-format off */
#define ACTION_ROWS(ROW) \
	ROW(CONFIG_ACTION_BAN, ban) \
	ROW(CONFIG_ACTION_BAN, unban) \
	ROW(CONFIG_ACTION_RESET, reset) \
	ROW(CONFIG_ACTION_LOGOUT, logout) \
	ROW(CONFIG_ACTION_KILL, kill) \
	ROW(CONFIG_ACTION_ISOLATE, isolate) \
	ROW(CONFIG_ACTION_ISOLATE, isolate_release) \
	ROW(CONFIG_ACTION_SUSPEND, suspend) \
	ROW(CONFIG_ACTION_SUSPEND, resume) \
	ROW(CONFIG_ACTION_LOCK, lock) \
	ROW(CONFIG_ACTION_LOCK, unlock) \
	ROW(CONFIG_ACTION_AUDIT, audit) \
	ROW(CONFIG_ACTION_COLLECT, collect) \
	ROW(CONFIG_ACTION_COLLECT, collect_end) \
	ROW(CONFIG_ACTION_CUT, cut) \
	ROW(CONFIG_ACTION_LIMIT, limit) \
	ROW(CONFIG_ACTION_LIMIT, limit_end) \
	ROW(CONFIG_ACTION_POLICY, policy) \
	ROW(CONFIG_ACTION_POLICY, policy_lift) \
	ROW(CONFIG_ACTION_MAINTAIN, maintain) \
	ROW(CONFIG_ACTION_MAINTAIN, conclude) \
	ROW(CONFIG_ACTION_QUARANTINE, quarantine) \
	ROW(CONFIG_ACTION_QUARANTINE, quarantine_end) \
	ROW(CONFIG_ACTION_HOOK, hook) \
	ROW(CONFIG_ACTION_SERVICE, stop) \
	ROW(CONFIG_ACTION_SERVICE, stop_end) \
	ROW(CONFIG_ACTION_SERVICE, disable) \
	ROW(CONFIG_ACTION_SERVICE, disable_end) \
	ROW(CONFIG_ACTION_REBOOT, reboot)
/* clang-format on */

#define ACTION_ROW_DECLARE(option, name) extern const struct action_row name##_row;
ACTION_ROWS(ACTION_ROW_DECLARE)
