/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop replay`: what the guard would have decided over old logs and recorded events. Nothing is touched: the
 * guard's own core reads the lines and judges the events, in the order of their stamps and at the times that these say,
 * and its steps are answered as done.
 *
 *	caltrop replay [--config FILE] [--pack FILE | --no-pack] [--json] [--all] [--events FILE]...
 *		[[--as PATH] LOG...]...
 *
 * Without --config the settings are the built-in defaults; files of /etc are never read. The logs take the place of the
 * settings' sources. Each is read as the guard with these settings would read it: by what they declare of the file that
 * it is or was copied from ([file], [access]), which its path or its name says (log_name.h), or --as PATH before it.
 * Several logs are read side by side; a log and its rotations are one source. There are at most REPLAY_LOGS_MAX logs,
 * and of those that are not rotations as many as a guard reads, SETTINGS_FILES_MAX. A log that is not read for the form
 * of its lines is told of on standard error.
 *
 * The pack of rules is that of --pack, of the settings, or the installed one (replay_pack.h). Recorded events
 * (event/recorded.h) are judged by its rules of their kind, whatever sensors the settings leave off; one of a log-in
 * counts as an attempt, and one with a `line` is that line to rules about lines. A line that is no event ends the
 * reading of its file, with its number and the reason.
 *
 * One line for each decision, in the order in which they are made. With --json an object each, always with the keys
 *	file, line	the log and the number, from 1, of the line that decided it
 *	time		RFC 3339 in UTC, of that line; null when the log has no stamps
 *	decision	"attempt", "cancelled", "finding", "step", "alert" (a rule of the pack matches) or "ignored"
 *	count		attempts that it stands for: of a "cancelled" those that count no more, of a "finding" and its
 *			"step" those that the rule counted, of an "alert" events; 0 of none
 *	outcome		of an attempt: "success", "failure", "probe"; of a step: "done", "observed" in
 *			observe mode, or "refused" in "ignored"
 *	src		address, network or host name
 *	user, service	account, and what it was tried at
 *	rule, verb	of a finding, or the id of an alert's; of a step
 *	why		a sentence; of an alert what matched
 *	title, level	of an alert
 * What a decision has not is null. "ignored" lines, which are events that count for nothing and steps that the policy
 * refuses, are printed for people with --all only. A step is asked for when its finding is made; one that had to wait
 * names the line that it is for.
 *
 * On standard error stands, for each log, how many lines it has, how many of them have a form that is read, and from
 * when to when they are (log_tally.h).
 *
 * Returns enum command_exit: 0; 1 when a log could not be read or no line of it has a form that is known (the others
 * still are read), when there was no line at all, a pack is not used, or the output could not be written; 2 for wrong
 * usage or settings.
 */
#pragma once

#define REPLAY_LOGS_MAX 64

int replay_main(int argc, char **argv);
