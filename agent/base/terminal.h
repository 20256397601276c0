/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program that serves keeps of the terminal it was started at: room for its words, and nothing by which whoever
 * captures it could read what is typed there, or type.
 */
#pragma once

/*
 * Make standard input /dev/null and close all descriptors above standard error. Output to a terminal goes on through a
 * descriptor that can only write, or to /dev/null where there is none. Call it first of all.
 */
void terminal_leave(void);
