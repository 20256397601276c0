/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* caltropd, the privileged half of the guard, as a function: takes what main takes, of its process's only thread, once;
 * returns the exit status. */
int actor_main(int argc, char **argv);
