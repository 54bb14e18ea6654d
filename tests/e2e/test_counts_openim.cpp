// Counts of the fourth door after many people have talked in many groups over connections that ended again and again: what
// is unread, how many conversations and members there are, exactly; and who is there, over two relays.
#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

#include "base/text.h"
#include "e2e/im_user.h"
#include "e2e/processes.h"
#include "json/value.h"

namespace hy::test {

namespace {

constexpr size_t kPeople = 12, kGroups = 6;
constexpr int kMessages = 24;  // of each of the people, over the groups he is in

json::Value post(const ImAccount& who, const std::string& path, const std::string& body) {
    const auto answer = json::parse(stack().call(who.user, "POST", "/api/v3/" + path, body).body);
    BOOST_REQUIRE((answer && answer->int_or("errCode", -1) == 0));
    const json::Value* data = answer->find("data");
    return data ? *data : json::Value();
}
std::string in(const std::string& group, const std::string& more = {}) {
    return R"({"groupID":")" + group + "\"" + more + "}";
}
std::string conversation(const std::string& group) { return R"({"conversationID":"group_)" + group + "\""; }

struct Said {
    std::string sender;
    int64_t seq = 0;
};

// What is written of a group, as it stands in the log.
std::vector<Said> log_of(const ImAccount& reader, const std::string& group) {
    std::vector<Said> all;
    std::string start;
    for (bool end = false; !end;) {
        const auto page = post(reader, "msg/get_conversation_msg",
                               conversation(group) + R"(,"count":100,"startClientMsgID":")" + start + "\"}");
        end = page.bool_or("isEnd", true);
        const auto* list = page.find("messages")->array();
        std::vector<Said> some;
        for (const auto& one : *list) some.push_back({one.text_or("sendID"), one.int_or("seq")});
        if (!list->empty()) start = list->front().text_or("clientMsgID");
        all.insert(all.begin(), some.begin(), some.end());
    }
    return all;
}

struct Person {
    ImAccount who = im_account();
    Speech speech = Speech::openim;
    std::map<std::string, int64_t> read;   // per group: the number up to which he said he read
    std::map<std::string, int64_t> since;  // and the first that he may see
};

// Over connections that end after every few messages.
void speak(const Person& me, const std::vector<std::string>& groups, unsigned seed) {
    std::mt19937 random(seed);
    std::unique_ptr<ImConnection> connection;
    for (int n = 0; n < kMessages;) {
        if (!connection || connection->ended() || !connection->connected() || random() % 5 == 0) {
            if (connection) connection->drop();
            connection = std::make_unique<ImConnection>(me.who, stack().port, "d", me.speech);
            continue;
        }
        const std::string number = me.who.uid + "-" + std::to_string(n);
        const auto seq = connection->send(groups[static_cast<size_t>(n) % groups.size()], number, number);
        if (!seq) continue;
        BOOST_TEST_REQUIRE(*seq > 0);
        ++n;
    }
}

std::string status_of(const ImAccount& asks, const ImAccount& about) {
    const auto data = post(asks, "manager/get_users_online_status", R"({"userIDs":[")" + about.uid + "\"]}");
    const json::Value& one = data.find("onlineStatus")->array()->front();
    std::string text = one.text_or("status") + ":";
    for (const auto& platform : *one.find("detailPlatformStatus")->array())
        text += " " + std::to_string(platform.int_or("platformID"));
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openim)

BOOST_AUTO_TEST_CASE(counts_are_exact_after_people_groups_messages_and_reconnects) {
    std::vector<Person> people(kPeople);
    for (size_t i = 0; i < kPeople; ++i) {
        constexpr Speech all[] = {Speech::openim, Speech::openim_sdk, Speech::wukongim};
        people[i].speech = all[i % 3];
    }
    // Person i is in group g unless they share a remainder: each group lacks two, each person lacks one.
    const auto member = [](size_t person, size_t group) { return person % kGroups != group; };
    std::vector<std::string> groups;
    std::vector<std::vector<std::string>> of(kPeople);
    for (size_t g = 0; g < kGroups; ++g) {
        std::vector<ImAccount> others;
        const size_t owner = (g + 1) % kPeople;
        for (size_t i = 0; i < kPeople; ++i)
            if (i != owner && member(i, g)) others.push_back(people[i].who);
        groups.push_back(im_group(people[owner].who, others));
        for (size_t i = 0; i < kPeople; ++i)
            if (member(i, g)) of[i].push_back(groups[g]);
    }
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kPeople; ++i)
        threads.emplace_back([&, i] { speak(people[i], of[i], static_cast<unsigned>(i)); });
    for (auto& thread : threads) thread.join();

    // Each third has read all, each third a part, the others only what they said themselves.
    std::map<std::string, std::vector<Said>> log;
    for (size_t g = 0; g < kGroups; ++g) log[groups[g]] = log_of(people[(g + 1) % kPeople].who, groups[g]);
    for (size_t i = 0; i < kPeople; ++i)
        for (const auto& group : of[i]) {
            const int64_t last = log[group].back().seq;
            const int64_t upto = i % 3 == 0 ? last : i % 3 == 1 ? last / 2 : 0;
            if (upto == 0) continue;
            post(people[i].who, "msg/mark_conversation_as_read",
                 conversation(group) + ",\"hasReadSeq\":" + std::to_string(upto) + "}");
            people[i].read[group] = upto;
        }
    // One comes late and sees what is said from then on; one goes, and one is sent away.
    const std::string& first = groups[0];
    const Person& owner = people[1];
    post(owner.who, "group/invite_user_to_group", in(first, R"(,"invitedUserIDs":[")" + people[0].who.uid + "\"]"));
    people[0].since[first] = log[first].back().seq + 1;
    of[0].push_back(first);
    post(people[2].who, "group/quit_group", in(first));
    post(owner.who, "group/kick_group", in(first, R"(,"kickedUserIDs":[")" + people[3].who.uid + "\"]"));
    for (const size_t gone : {size_t{2}, size_t{3}}) std::erase(of[gone], first);
    ImConnection late(owner.who, stack().port, "pc", Speech::openim);
    for (const char* number : {"late-1", "late-2", "late-3"})
        BOOST_TEST_REQUIRE(late.send(first, number + owner.who.uid, "x").value_or(0) > 0);
    log[first] = log_of(owner.who, first);

    for (const auto& [group, said] : log) {
        for (size_t n = 0; n < said.size(); ++n) BOOST_TEST_REQUIRE(said[n].seq == static_cast<int64_t>(n) + 1);
    }
    size_t sent = 0;
    for (const auto& [group, said] : log) sent += said.size();
    BOOST_TEST(sent == kPeople * static_cast<size_t>(kMessages) + 3);

    for (size_t i = 0; i < kPeople; ++i) {
        Person& me = people[i];
        const auto marks = post(me.who, "msg/get_conversations_has_read_and_max_seq", "{}");
        const json::Value* seqs = marks.find("seqs");
        BOOST_TEST_REQUIRE(seqs);
        BOOST_TEST(seqs->object()->size() == of[i].size(), "conversations of person " << i);
        for (const auto& group : of[i]) {
            const json::Value* one = seqs->find("group_" + group);
            BOOST_TEST_REQUIRE(one, "person " << i << " has no conversation of " << group);
            // Whoever speaks has read what is above.
            int64_t read = std::max(me.read[group], me.since[group] - 1);
            for (const Said& said : log[group])
                if (said.sender == me.who.uid) read = std::max(read, said.seq);
            const int64_t unread = std::count_if(log[group].begin(), log[group].end(), [&](const Said& said) {
                return said.seq > read && said.sender != me.who.uid;
            });
            BOOST_TEST(one->int_or("maxSeq") == log[group].back().seq);
            BOOST_TEST(one->int_or("hasReadSeq") == read, "person " << i << " in " << group);
            BOOST_TEST(one->int_or("unreadCount") == unread, "person " << i << " in " << group);
        }
        const auto joined =
            post(me.who, "group/get_joined_group_list", R"({"pagination":{"pageNumber":1,"showNumber":100}})");
        BOOST_TEST(joined.int_or("total") == static_cast<int64_t>(of[i].size()));
        for (const auto& group : *joined.find("groups")->array()) {
            const std::string id = group.text_or("groupID");
            const int64_t members = std::count_if(of.begin(), of.end(), [&](const auto& list) {
                return std::find(list.begin(), list.end(), id) != list.end();
            });
            BOOST_TEST(group.int_or("memberCount") == members, id);
            BOOST_TEST(post(me.who, "group/get_group_member_list", in(id)).int_or("total") == members);
        }
    }
    BOOST_TEST(other_driver::house_faults() == "");
}

BOOST_AUTO_TEST_CASE(who_is_there_over_two_relays) {
    const ImAccount ann = im_account(), bob = im_account();
    OwnRelay second("presence", {"--openim.idle_seconds=3"});
    ImConnection near(ann, stack().port, "d", Speech::openim);
    {
        ImConnection far(ann, second.port(), "pc", Speech::openim_sdk);
        BOOST_REQUIRE((near.connected() && far.connected()));
        BOOST_TEST(eventually([&] { return status_of(bob, ann) == "online: 1 5"; }, 2000));
    }
    BOOST_TEST(eventually([&] { return status_of(bob, ann) == "online: 1"; }, 2000));
    {
        // It says nothing more, and does not answer: the peer is dead, and its socket is not.
        WebSocket dead(second.port(), "/msg_gateway?userID=" + ann.uid + "&platformID=5&token=" + ann.user.access, {},
                       false);
        BOOST_REQUIRE(dead.status() == 101);
        BOOST_TEST(eventually([&] { return status_of(bob, ann) == "online: 1 5"; }, 2000));
        BOOST_TEST(eventually([&] { return status_of(bob, ann) == "online: 1"; }, 10'000));
    }
    // A relay that dies takes its connections along.
    ImConnection far(ann, second.port(), "pc", Speech::openim_sdk);
    BOOST_TEST(eventually([&] { return status_of(bob, ann) == "online: 1 5"; }, 2000));
    second.end(SIGKILL);
    BOOST_TEST(eventually([&] { return status_of(bob, ann) == "online: 1"; }, 60'000));
    near.drop();
    BOOST_TEST(eventually([&] { return status_of(bob, ann) == "offline:"; }, 2000));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
