/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bytes of an object go, which a device may have chosen. */
#pragma once

/*
 * Make the new file `name`, readable by its owner alone; "-" is standard output, unless that is a terminal, which what
 * a device sent could command. Says what is wrong. Returns OPTS_GO_ON or enum command_exit.
 */
int object_out_open(const char *name, int *fd);

/* Close it; a file is removed when `status` or closing is a failure. Returns the status that there is now. */
int object_out_close(const char *name, int fd, int status);
