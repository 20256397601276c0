# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_SOCKET) += agent/sensors/socket/socket_connections.o
agent-$(CONFIG_SENSOR_SOCKET) += agent/sensors/socket/socket_listeners.o
agent-$(CONFIG_SENSOR_SOCKET) += agent/sensors/socket/socket_owner.o
agent-$(CONFIG_SENSOR_SOCKET) += agent/sensors/socket/socket_sensor.o
agent-$(CONFIG_SENSOR_SOCKET) += agent/sensors/socket/socket_service.o
agent-$(CONFIG_SENSOR_SOCKET) += agent/sensors/socket/socket_text.o
