/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop complete -- WORD...`: prints, a line each, what may stand in place of the last word, with a tab and what it
 * is. It reads the table of commands, so that it is none of them: cli_main.c calls it.
 */
#pragma once

/* argv[0] is "complete". Returns enum command_exit. */
int complete(int argc, char **argv);
