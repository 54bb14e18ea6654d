// A second account against the first, at the third door: over every endpoint, nothing that alice says or has can be
// read, changed or heard by bob. An endpoint without a row here fails the test.
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <set>

#include "base/encode.h"
#include "base/text.h"
#include "e2e/routes.h"
#include "e2e/im_user.h"

namespace hy::test {

namespace {

// alice and carol talk, in private and in a group of alice's; bob is in neither.
struct Scene {
    ImAccount alice = im_account(), carol = im_account(), bob = im_account();
    std::string group = im_group(alice, {carol});

    Scene() {
        for (const auto& where : {R"("channelId":")" + carol.uid + R"(","channelType":1)", in_group()})
            BOOST_REQUIRE(
                asks(alice, "POST", "message/send", "{" + where + R"(,"payload":"YWxpY2VzIHdvcmRz"})").status == 200);
    }
    std::string in_group() const { return R"("channelId":")" + group + R"(","channelType":2)"; }
    std::string of_two() const { return R"("channelId":")" + alice.uid + "@" + carol.uid + R"(","channelType":1)"; }
    Answer asks(const ImAccount& who, const std::string& method, const std::string& path,
                const std::string& body = {}) const {
        return stack().call(who.user, method, "/api/v1/im/" + path, body);
    }
    Answer bobs(const std::string& method, const std::string& path, const std::string& body = {}) const {
        return asks(bob, method, path, body);
    }
    // All that alice sees.
    std::string view() const {
        std::string all;
        for (const std::string& path :
             {"message/sync?channelType=1&channelId=" + carol.uid, "message/sync?channelType=2&channelId=" + group})
            all += asks(alice, "GET", path).body + "\n";
        return all + asks(alice, "POST", "conversation/sync", "{}").body;
    }
};

struct Row {
    std::set<int> statuses;
    std::function<std::vector<Answer>(const Scene&)> attempt;
};

std::string with_payload(const std::string& where) { return "{" + where + R"(,"payload":"Ym9i"})"; }
std::string named(const std::string& name, const std::string& value) { return "{\"" + name + "\":\"" + value + "\"}"; }

const std::map<std::string, Row> kRows = {
    {"GET config", {{200}, [](const Scene& s) { return std::vector{s.bobs("GET", "config?uid=" + s.alice.uid)}; }}},
    {"POST token",
     {{200}, [](const Scene& s) { return std::vector{s.bobs("POST", "token", named("uid", s.alice.uid))}; }}},
    {"GET health", {{200}, [](const Scene& s) { return std::vector{s.bobs("GET", "health")}; }}},
    {"GET system/info", {{200}, [](const Scene& s) { return std::vector{s.bobs("GET", "system/info")}; }}},
    {"POST message/send",
     {{400, 403},
      [](const Scene& s) {
          return std::vector{s.bobs("POST", "message/send", with_payload(s.in_group())),
                             s.bobs("POST", "message/send", with_payload(s.of_two()))};
      }}},
    {"POST message/sendbatch",
     {{400},
      [](const Scene& s) {
          return std::vector{s.bobs("POST", "message/sendbatch",
                                    "[" + with_payload(s.in_group()) + "," + with_payload(s.of_two()) + "]")};
      }}},
    {"GET message/sync",
     {{400, 403},
      [](const Scene& s) {
          return std::vector{s.bobs("GET", "message/sync?channelType=2&channelId=" + s.group),
                             s.bobs("GET", "message/sync?channelType=1&channelId=" + s.alice.uid + "@" + s.carol.uid)};
      }}},
    {"POST conversation/sync",
     {{200, 403},
      [](const Scene& s) {
          return std::vector{s.bobs("POST", "conversation/sync", named("uid", s.alice.uid)),
                             s.bobs("POST", "conversation/sync", named("last_msg_seqs", s.group + ":2:0"))};
      }}},
    {"POST conversations/clearUnread",
     {{403},
      [](const Scene& s) {
          const std::string group = R"({"channel_id":")" + s.group + R"(","channel_type":2)";
          return std::vector{s.bobs("POST", "conversations/clearUnread", group + "}"),
                             s.bobs("POST", "conversations/clearUnread", group + R"(,"uid":")" + s.alice.uid + "\"}")};
      }}},
    {"POST conversations/delete",
     {{403},
      [](const Scene& s) {
          return std::vector{
              s.bobs("POST", "conversations/delete", R"({"channel_id":")" + s.group + R"(","channel_type":2})")};
      }}},
    {"POST channel/create",
     {{409},
      [](const Scene& s) {
          return std::vector{s.bobs("POST", "channel/create", "{" + s.in_group() + R"(,"name":"bobs"})")};
      }}},
    {"POST channel/delete",
     {{403, 400},
      [](const Scene& s) {
          return std::vector{s.bobs("POST", "channel/delete", "{" + s.in_group() + "}"),
                             s.bobs("POST", "channel/delete", "{" + s.of_two() + "}")};
      }}},
    {"POST channel/subscriber/add",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bobs("POST", "channel/subscriber/add",
                                    "{" + s.in_group() + R"(,"subscribers":[")" + s.bob.uid + "\"]}")};
      }}},
    {"POST channel/subscriber/remove",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bobs("POST", "channel/subscriber/remove",
                                    "{" + s.in_group() + R"(,"subscribers":[")" + s.carol.uid + "\"]}")};
      }}},
};

// The door's routes, as "METHOD rest of the path".
std::set<std::string> routes() {
    constexpr std::string_view prefix = "/api/v1/im/";
    std::set<std::string> found;
    for (const auto& [method, path] : all_routes())
        if (path.starts_with(prefix)) found.insert(method + " " + path.substr(prefix.size()));
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(foreign)

BOOST_AUTO_TEST_CASE(no_endpoint_of_the_third_door_gives_bob_what_is_alices) {
    const Scene scene;
    const std::string before = scene.view();
    for (const auto& route : routes()) BOOST_TEST(kRows.contains(route), "no row for " << route);
    for (const auto& [route, row] : kRows) {
        BOOST_TEST(routes().contains(route), "no such endpoint any more: " << route);
        for (const auto& answer : row.attempt(scene)) {
            BOOST_TEST(row.statuses.contains(answer.status),
                       route << " answered " << answer.status << " " << answer.body);
            for (const std::string& word : {std::string("YWxpY2VzIHdvcmRz"), scene.carol.uid})
                BOOST_TEST(answer.body.find(word) == std::string::npos, route << " tells " << answer.body);
        }
    }
    BOOST_TEST(scene.view() == before);
}

BOOST_AUTO_TEST_CASE(nobody_connects_as_another) {
    const Scene scene;
    const auto refused = [](const ImAccount& as, const std::string& token) {
        ImAccount who = as;
        who.user.access = token;
        return !ImConnection(who, stack().port).connected();
    };
    BOOST_TEST(refused(scene.alice, scene.bob.user.access));
    BOOST_TEST(refused(scene.alice, scene.alice.user.refresh));
    BOOST_TEST(refused(scene.alice, ""));
    BOOST_TEST(refused(scene.alice, "x.y.z"));
    BOOST_TEST(!refused(scene.alice, scene.alice.user.access));
}

BOOST_AUTO_TEST_CASE(who_is_not_in_a_group_hears_nothing_of_it_and_who_leaves_no_more) {
    const Scene scene;
    ImConnection alice(scene.alice, stack().port), carol(scene.carol, stack().port), bob(scene.bob, stack().port);
    BOOST_REQUIRE((alice.connected() && carol.connected() && bob.connected()));
    BOOST_TEST(alice.send(scene.group, "n1", "for the two").value_or(0) == 2);
    BOOST_TEST(carol.next(kPatienceMs)->number == "n1");
    BOOST_TEST(bob.send(scene.group, "b1", "bob").value_or(0) == -3);
    const auto away = scene.asks(scene.alice, "POST", "channel/subscriber/remove",
                                 "{" + scene.in_group() + R"(,"subscribers":[")" + scene.carol.uid + "\"]}");
    BOOST_REQUIRE(away.status == 200);
    // A removed member hears nothing after a second.
    BOOST_TEST(eventually([&] {
        static int n = 1;
        const std::string number = "n" + std::to_string(++n);
        BOOST_REQUIRE(alice.send(scene.group, number, "alone").value_or(0) > 0);
        return !carol.next(300);
    }));
    for (int i = 0; i < 3; ++i) alice.send(scene.group, "late" + std::to_string(i), "alone");
    // Longer than a round of heads.
    BOOST_TEST(!carol.next(static_cast<int>(stack().config.relay.heads_seconds) * 1000 + 2000));
    BOOST_TEST(!bob.next(1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
