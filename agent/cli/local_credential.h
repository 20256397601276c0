/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop local credential set ACCOUNT`: root at the device gives an account a password, through the guard, which
 * journals and proves it and looks for default passwords again. Only the hash leaves this process. Returns enum
 * command_exit.
 */
#pragma once

int local_credential_set(int argc, char **argv);
