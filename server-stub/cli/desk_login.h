/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs this command line in by a browser, in which its operator signs in at the console, by single sign-on or in
 * another way, and confirms what it shows (api/desk.h). No port is opened here, and the browser may be on another
 * machine.
 */
#pragma once

#include "server-stub/cli/context.h"

/*
 * Fill in the context's user and token. The number that the console shows is read from the terminal, or from the file
 * at number_file ("-" is standard input). Returns OPTS_GO_ON, or an exit status after a message.
 */
int desk_login(struct context *c, const char *number_file);
