/* SPDX-License-Identifier: Apache-2.0 */
/* The courier's work, in its own process: jobs come by the socket, answers go back by it. */
#pragma once

#include "server-stub/alert/courier.h"

/*
 * Start libcurl, put a fence around this process (files to read, ports to connect to, system calls) and work until the
 * other end of the socket is closed. The exit status: 0, or 1 when there is no fence or no libcurl.
 */
int courier_work(int fd, const struct courier_setup *setup);

/* Whether it may be connected to that address: anybody may, or the settings name it. */
bool courier_work_reaches(const struct courier_setup *setup, const struct addr *addr);
