// One push to many: the shortcuts that make it cheap change nothing of what each one gets.
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "encodings.h"
#include "send_queue.h"
#include "support.h"

using namespace hy::relay::test;
using hy::json::Value;

namespace {

const char* kGroupOpen =
    R"({"v":1,"session":"s1","topics":["live.account.3","live.channel.9"],)"
    R"("view":{"door":"ocms","role":"user","robot":"robot_1","principal":"account.3","kicks":["account.3"]}})";

std::string text_of(const std::string& frame) {
    const auto value = hy::json::parse(frame);
    return value ? value->text_or("text") : frame;
}

void push(Stack& stack, int seq) {
    stack.handlers->publish("live.channel.9", push_text(9, seq, "m" + std::to_string(seq)));
}

void expect(Client& client, int from, int to) {
    for (int i = from; i <= to; ++i) BOOST_REQUIRE_EQUAL(text_of(client.next_text()), "m" + std::to_string(i));
}

struct Group : Stack {
    Group() {
        handlers->on("ask.ocms.open", [](const Value&) { return kGroupOpen; });
    }
};

// All that can be read now.
std::string drained(int fd) {
    std::string all;
    char buffer[4096];
    for (ssize_t size; (size = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
        all.append(buffer, static_cast<size_t>(size));
    return all;
}

struct Pair {
    Pair() {
        int ends[2];
        BOOST_REQUIRE_EQUAL(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
        ours = hy::Fd(ends[0]);
        theirs = hy::Fd(ends[1]);
        const int small = 4096;
        setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    }
    hy::Fd ours, theirs;
};

hy::relay::Bytes piece(size_t size, char letter) {
    return std::make_shared<const std::string>(std::string(size, letter));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fanout)

BOOST_AUTO_TEST_CASE(a_group_is_not_asked_to_confirm_an_account_is) {
    Group stack;
    auto client = stack.live();
    push(stack, 1);
    BOOST_TEST(client->next()->opcode == 1);
    stack.handlers->publish("live.account.3", push_text(10, 1, "m1"));
    BOOST_TEST(client->next()->opcode == 1);
    const auto ping = client->next();
    BOOST_REQUIRE(ping);
    BOOST_TEST(ping->opcode == 9);
    client->frame(10, ping->payload);
    const auto confirmed = stack.handlers->wait("ask.ocms.confirm");
    BOOST_REQUIRE(confirmed);
    BOOST_TEST(confirmed->text.find(R"("confirmed":[[10,1]])") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(more_than_a_turn_takes_comes_whole_and_in_order) {
    Group stack;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(stack.live());
    for (int seq = 1; seq <= 500; ++seq)
        BOOST_REQUIRE(stack.handlers->bus().publish("live.channel.9", push_text(9, seq, "m" + std::to_string(seq))));
    for (auto& client : clients) expect(*client, 1, 500);
    BOOST_TEST(stack.handlers->asked("ask.core.range").size() == 0u);
}

BOOST_AUTO_TEST_CASE(listeners_come_go_and_sync_between_two_pushes) {
    Group stack;
    auto stays = stack.live(), leaves = stack.live();
    push(stack, 1);
    expect(*stays, 1, 1);
    expect(*leaves, 1, 1);
    auto comes = stack.live();
    push(stack, 2);
    for (Client* client : {stays.get(), leaves.get(), comes.get()}) expect(*client, 2, 2);
    leaves.reset();
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.close"));
    push(stack, 3);
    for (Client* client : {stays.get(), comes.get()}) expect(*client, 3, 3);
    // Made to sync, it hears the group as before, though its answer names no channel.
    const std::string conn = stack.handlers->asked("ask.ocms.ready").front().body.text_or("conn");
    stack.handlers->publish("ctl.conn." + stack.relay->id(), R"({"v":1,"conn":")" + conn + R"(","ready":true})");
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.ready", 3));
    stays->text(R"({"type":"ping"})");
    BOOST_REQUIRE_EQUAL(stays->next_text(), R"({"type":"pong"})");
    push(stack, 4);
    for (Client* client : {stays.get(), comes.get()}) expect(*client, 4, 4);
}

BOOST_AUTO_TEST_CASE(a_queue_writes_its_pieces_in_order_however_little_the_socket_takes) {
    Pair pair;
    hy::relay::SendQueue queue;
    std::string pushed, got;
    for (int i = 0; i < 300; ++i) {
        const size_t size = static_cast<size_t>(1 + i * 37 % 900);
        queue.push(piece(size, static_cast<char>('a' + i % 26)));
        pushed.append(size, static_cast<char>('a' + i % 26));
    }
    BOOST_TEST(queue.bytes() == pushed.size());
    bool blocked = false;
    for (int i = 0; i < 10'000 && !queue.empty(); ++i) {
        const auto result = queue.write(pair.ours.get());
        BOOST_REQUIRE(result != hy::relay::SendQueue::Result::broken);
        blocked = blocked || result == hy::relay::SendQueue::Result::blocked;
        if (i == 3) {
            queue.push(piece(5, '!'));
            pushed.append(5, '!');
        }
        got += drained(pair.theirs.get());
    }
    got += drained(pair.theirs.get());
    BOOST_TEST(blocked);
    BOOST_TEST((got == pushed));
    BOOST_TEST(queue.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_leaves_no_half_frame) {
    Pair pair;
    hy::relay::SendQueue queue;
    queue.push(piece(1 << 20, 'a'));
    queue.push(piece(100, 'b'));
    BOOST_REQUIRE(queue.write(pair.ours.get()) == hy::relay::SendQueue::Result::blocked);
    queue.clear();
    queue.push(piece(3, 'c'));
    std::string got;
    for (int i = 0; i < 10'000 && !queue.empty(); ++i) {
        got += drained(pair.theirs.get());
        queue.write(pair.ours.get());
    }
    got += drained(pair.theirs.get());
    std::string wanted(1 << 20, 'a');
    wanted += "ccc";
    BOOST_TEST((got == wanted));
    queue.push(piece(10, 'd'));
    queue.clear();
    BOOST_TEST(queue.empty());
    BOOST_TEST((queue.write(pair.ours.get()) == hy::relay::SendQueue::Result::done));
}

BOOST_AUTO_TEST_CASE(an_encoding_has_one_address_while_somebody_has_it) {
    hy::relay::Encodings encodings;
    const auto first = encodings.of("ocms user robot_1");
    BOOST_TEST(encodings.of("ocms user robot_1") == first);
    BOOST_TEST(encodings.of("ocms user robot_2") != first);
    // Names that nobody has any more make room; those that somebody has stay.
    for (int i = 0; i < 5000; ++i) encodings.of("ocms user robot_x" + std::to_string(i));
    BOOST_TEST(encodings.of("ocms user robot_1") == first);
}

BOOST_AUTO_TEST_SUITE_END()
