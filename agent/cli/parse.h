/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop parse`: what the guard's decoders see in a log, without a guard. See tests/corpus for examples.
 *
 *	caltrop parse [--config FILE] [--json] [--stats] [[--as PATH] [FILE|-]...]...
 *
 * With --config a file is read as the guard with these settings would read it: by their decoders, and by what they
 * declare of the file that it is or was copied from ([file], [access]; log_name.h).
 *
 * One line per recognised line, nothing for the others. With --json an object each, always with the keys
 *	line		number of the line in its file, from 1
 *	service		"sshd", "dropbear", ...; for others the program's or PAM's name
 *	outcome		"success", "failure", "probe", "info"
 *	user		who tried; null when the line does not say
 *	src_ip		address; or instead of it src_host, a name as logged; src_ip is null when there is neither
 *	src_port	null when not said
 *	method		"password", "publickey", "keyboard-interactive", ...; null when not said
 * and where known
 *	reason		"bad_credential", "unknown_user", "not_allowed", "too_many", "disconnect", ...
 *	target		su, sudo: as whom
 *	pid, repeats (attempts the line stands for, when more than one), trace ("daemon", "pam", ...)
 *	time		RFC 3339 in UTC, when the line's own stamp has year and zone
 *	file		when several files are read
 * Bytes of a name that are no UTF-8 are written as \u00XX. Lines longer than 64 KiB are skipped and counted.
 * Compressed files, journals and UTF-16 are refused with the command that makes lines of them.
 *
 * --stats writes counts on standard error after the last line: text, or with --json one object. A file without any
 * event is told of there, and why.
 *
 * Returns the exit status: 0; 1 when a file could not be read or no line of it has a form that is known (the others
 * still are read), or when there was no line at all; 2 for wrong usage.
 */
#pragma once

int parse_main(int argc, char **argv);
