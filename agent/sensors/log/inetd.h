/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the old daemons behind inetd(8): ftpd of BSD, netkit and inetutils, rlogind and klogind of BSD and krb5-appl.
 *	FTP LOGIN FAILED FROM HOST, USER	FTP LOGIN REFUSED FROM HOST, USER	FTP LOGIN FROM HOST as USER
 *	repeated login failures from HOST	failed login from HOST		connection from HOST at DATE
 *	Authentication failed from A (NAME): REASON	Connection from A on illegal port
 * HOST is "A", "NAME", "NAME [A]" or "A (NAME)". Where it stands before USER it is read from the front.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool inetd_decode(const struct sensor_line *line, struct event *out);
