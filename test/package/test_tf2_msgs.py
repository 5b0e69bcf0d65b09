"""tf2_msgs as it was made at set-up: the right type, really sent and received."""

import time

import pytest

rclpy = pytest.importorskip("rclpy")
tf2_msgs = pytest.importorskip("tf2_msgs.msg", reason="made by `make setup` with a C compiler")

from geometry_msgs.msg import TransformStamped  # noqa: E402

from ai4mars_nav.ros.environment import node_environment, private_domain  # noqa: E402


@pytest.fixture
def node(monkeypatch):
    with private_domain() as domain:
        for name, value in node_environment(domain).items():
            monkeypatch.setenv(name, value)
        context = rclpy.Context()
        rclpy.init(context=context, domain_id=domain)
        node = rclpy.create_node("tf2_msgs_test", context=context)
        executor = rclpy.executors.SingleThreadedExecutor(context=context)
        executor.add_node(node)
        yield node, executor
        executor.shutdown()
        node.destroy_node()
        rclpy.shutdown(context=context)


def example():
    one = TransformStamped()
    one.header.frame_id, one.child_frame_id = "odom", "base_link"
    one.header.stamp.sec = 7
    one.transform.translation.x = 1.25
    one.transform.rotation.w = 0.5
    other = TransformStamped(child_frame_id="wheel")
    return tf2_msgs.TFMessage(transforms=[one, other])


def test_a_message_survives_being_sent(node):
    node, executor = node
    heard = []
    node.create_subscription(tf2_msgs.TFMessage, "tf", heard.append, 10)
    publisher = node.create_publisher(tf2_msgs.TFMessage, "tf", 10)
    deadline = time.monotonic() + 20.0
    while not heard and time.monotonic() < deadline:
        publisher.publish(example())
        executor.spin_once(timeout_sec=0.1)
    assert heard
    assert heard[0] == example()


def test_peers_are_told_the_type_that_ros_knows(node):
    node, executor = node
    publisher = node.create_publisher(tf2_msgs.TFMessage, "tf", 10)
    deadline = time.monotonic() + 20.0
    while not node.get_publishers_info_by_topic("tf") and time.monotonic() < deadline:
        executor.spin_once(timeout_sec=0.1)
    (told,) = node.get_publishers_info_by_topic("tf")
    assert publisher.topic_name == "/tf"
    assert told.topic_type == "tf2_msgs/msg/TFMessage"
    assert bytes(told.topic_type_hash.value).hex().startswith("e369d0f05a23ae52")
