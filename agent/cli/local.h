/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop local ...`: asks the guard on this device over its UNIX socket (agent/shell/control_socket.h) and shows
 * the rows (base/rows.h) as a table or as JSON:
 *	status	an object			bans, effects, incidents	an array of objects
 *	health	{"well", "problems": [..], "counters": [..]}	unban	the receipt as an object
 *	table NAME, audit	the rows as an array of objects	rules	{"pack": {..}, "rules": [..]}
 * All take --json, --socket PATH, and -c FILE (the guard's configuration, to learn its run_dir). `health` and
 * `audit` exit with 1 when something is wrong. Return enum command_exit.
 */
#pragma once

int local_status(int argc, char **argv);
int local_bans(int argc, char **argv);
int local_effects(int argc, char **argv);
int local_explain(int argc, char **argv);
int local_unban(int argc, char **argv);
int local_maintenance(int argc, char **argv);
int local_restore(int argc, char **argv);
int local_incidents(int argc, char **argv);
int local_rules(int argc, char **argv);
int local_table(int argc, char **argv);
int local_audit(int argc, char **argv);
int local_health(int argc, char **argv);
