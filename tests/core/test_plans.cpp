// Every statement of a walk through the core has an index to find its rows by. Tables are
// small here, so that the plan is asked which keys it could use, not which it chose.
#include <boost/test/unit_test.hpp>

#include <set>

#include "core/jobs.h"
#include "core/devices.h"
#include "core/deliveries.h"
#include "core/activation.h"
#include "core/agents.h"
#include "core/events.h"
#include "core/files.h"
#include "core/chat.h"
#include "core/chat_settings.h"
#include "core/contacts.h"
#include "core/friends.h"
#include "core/group_requests.h"
#include "core/group_views.h"
#include "core/groups.h"
#include "core/history.h"
#include "core/inbox.h"
#include "core/memberships.h"
#include "core/people.h"
#include "core/portability.h"
#include "core/profiles.h"
#include "core/sandbox_talks.h"
#include "core/search.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

class ExplainedSession final : public db::Session {
public:
    // As if done again: then what is only looked at in that case is seen too.
    explicit ExplainedSession(db::Session& inner) : inner_(inner) { repeated = true; }
    using Session::execute;
    using Session::query;
    db::Rows query(std::string_view sql, std::span<const db::Param> params) override {
        explain(sql, params);
        return inner_.query(sql, params);
    }
    uint64_t execute(std::string_view sql, std::span<const db::Param> params) override {
        explain(sql, params);
        return inner_.execute(sql, params);
    }
    uint64_t last_insert_id() override { return inner_.last_insert_id(); }
    const std::set<std::string>& seen() const { return seen_; }

private:
    void explain(std::string_view sql, std::span<const db::Param> params) {
        if (sql.starts_with("INSERT") || !seen_.emplace(sql).second) return;
        // 3 table, 4 type, 5 possible_keys, 6 key, 10 Extra
        db::Rows rows = inner_.query("EXPLAIN " + std::string(sql), params);
        while (rows.next()) {
            const auto table = rows.optional_text(3);
            if (!table || rows.optional_text(4).value_or("ALL") != "ALL") continue;
            BOOST_TEST(!rows.is_null(5), "no index for table " << *table << " in: " << sql);
        }
    }
    db::Session& inner_;
    std::set<std::string> seen_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(plans)

BOOST_FIXTURE_TEST_CASE(a_walk_through_the_core, World) {
    const auto user = account(), owner = account();
    const auto bot = robot(owner.id);
    const auto me = account_principal(user.id), it = robot_principal(bot.id);
    relay("plans");
    connect("plans-agent", "plans", it);
    act([&](db::Session& inner, outbox::Pushes& p) {
        ExplainedSession s(inner);
        accounts::find(s, user.id);
        jobs::oldest_due_at(s);
        deliveries::ended_since(s, 0);
        activation::ending(s, 0, 1);
        devices::silent(s, house, 0, 10);
        accounts::find_by_uid(s, user.uid);
        accounts::find_by_phone(s, "13800000000");
        robots::find(s, bot.public_id);
        robots::find_by_api_key(s, "sk-api-" + std::string(48, 'x'));
        robots::list(s, owner.id, 0, 100);
        robots::find_partner(s, bot.id, user.id);
        robots::count_wake(s, house, bot, user.id);
        const auto talk = conversations::resolve(s, house, user.id, bot, "plan");
        conversations::resolve(s, house, user.id, bot, "plan");
        conversations::list(s, user.id, 0, 0, 0, 100);
        const auto conversation = conversations::owned(s, user.id, "plan");
        conversations::set_title(s, house, conversation, "t");
        messages::Draft draft;
        draft.sender = me;
        draft.client_no = "n";
        const auto sent = messages::append(s, house, talk, draft, p).message;
        messages::append(s, house, talk, draft, p);
        conversations::resolve_for_agent(s, bot.id, "plan", 0);
        conversations::resolve_for_agent(s, bot.id, "", user.id);
        messages::range(s, talk.id, 1, 10);
        messages::from_sender(s, talk.id, me, 0, 10);
        messages::recall(s, house, talk, 1, me, p);
        agents::enqueue(s, house, bot, talk, sent, draft, p);
        agents::ready(s, house, bot.id, "plans-agent", p);
        agents::stalled(s, house, "plans-agent");
        agents::confirm(s, bot.id, "plans-agent", {{talk.id, 1}}), agents::hand_out(s, house, bot.id, p);
        agents::waiting(s, house, {bot.id, bot.id + 1});
        agents::notice_due(s, house, talk.id);
        agents::expire(s, house, 10);
        const auto group = groups::create(s, house, "plans-group", {"g", ""}, me, p);
        memberships::add(s, house, group.channel, {account_principal(owner.id), robot_principal(bot.id)}, {}, p);
        channels::lively_persons(s, me, 0);
        channels::groups_of(s, me);
        channels::mark_read(s, house, talk.id, me, 1, p);
        channels::mark_delivered(s, talk.id, me, 1);
        channels::talk_heads(s, user.id, bot.id, 0);
        channels::talk_marks(s, user.id, bot.id);
        channels::heads(s, {talk.id});
        memberships::remove(s, house, group.channel, {account_principal(owner.id)}, p);
        groups::change(s, house, group, me, {.name = "h"}, p);
        contacts::block(s, house, user.id, it), contacts::blocks(s, user.id, it), contacts::unblock(s, user.id, it);
        contacts::list(s, user.id, 0, 10), contacts::count(s, user.id);
        profiles::find(s, {user.uid, bot.public_id}, user.id), people::find_ever(s, user.uid),
            profiles::of(s, {me, it}), profiles::change(s, house, user.id, {}, p);
        profiles::register_all(s, house, {{"plans-user", "n", "", ""}});
        const people::Person other{account_principal(owner.id), owner.uid, ""};
        friends::ask(s, house, user.id, other, "", p), friends::answer(s, house, owner.id, user.id, true, "", p);
        friends::list(s, user.id, 0, 10), friends::count(s, user.id),
            friends::change(s, house, user.id, other.who, {.remark = "r"}, p);
        friends::requests_to(s, user.id, 0, 10), friends::requests_from(s, user.id, 0, 10);
        friends::count_to(s, user.id), friends::count_from(s, user.id),
            friends::remove(s, house, user.id, other.who, p);
        group_views::find(s, {"plans-group"}), group_views::of(s, me, 0, 10), group_views::count(s, me);
        group_views::members(s, group.channel.id, {}, 0, 10), group_views::members(s, group.channel.id, {me, it});
        group_views::members(s, group.channel.id, channels::Role::owner, 0, 10);
        group_requests::ask(s, house, group, owner.id, "m", p);
        group_requests::received(s, user.id, 0, 10), group_requests::made(s, owner.id, 0, 10);
        group_requests::answer(s, house, group, me, owner.id, true, "w", p);
        groups::set_muted(s, house, group, me, true, p), groups::mute_member(s, house, group, me, other.who, 1, p);
        groups::set_nickname(s, house, group, me, me, "n", p);
        groups::set_role(s, house, group, me, other.who, channels::Role::admin, p);
        memberships::remove(s, house, group.channel, {other.who}, p);
        messages::seq_of_number(s, talk.id, "n", me), messages::seq_of_number(s, talk.id, "17", me);
        contacts::any_blocks(s, {me}, it), events::hold(s, {me}), group_views::count_members(s, group.channel.id, {});
        group_views::count_members(s, group.channel.id, channels::Role::owner);
        presence::platforms(s, house, {me, it});
        chat_settings::find(s, user.id, {talk.id}), chat_settings::unannounced(s, user.id);
        chat_settings::change(s, house, user.id, group.channel, {.pinned = true}, p);
        chat_settings::hide(s, house, user.id, group.channel, {1, 2}, p);
        chat_settings::hidden(s, user.id, group.channel.id, 1, 10);
        sandbox::change(s, house, user.id, {.nick = "n"}), sandbox::renew_key(s, house, user.id);
        sandbox::make_friend(s, house, user.id, {0, "f", "n", "a", "male", true});
        sandbox::change_friend(s, user.id, "f", {.nick = "m"}), sandbox::friends(s, user.id);
        const auto bench = sandbox::make_group(s, house, user.id, {0, "g", "n", ""});
        sandbox::add_member(s, house, user.id, "g", {{0, "m", "n", "", "male", false}, "member", "", ""});
        sandbox::change_member(s, user.id, bench, "m", {.card = "c"}), sandbox::members(s, user.id, bench);
        sandbox::change_group(s, user.id, "g", "x", {}), sandbox::groups(s, user.id);
        sandbox::Report report;
        report.in_group = true, report.peer = "g", report.sender = "m", report.content.text = "hi";
        const auto reported = sandbox::report(s, house, user.id, report, p);
        sandbox::talk_of(s, *channels::find(s, reported.message.channel)), sandbox::talk(s, user.id, true, "g");
        sandbox::talk_heads(s, user.id), sandbox::place_of(s, *channels::find(s, reported.message.channel));
        sandbox::recall(s, house, user.id, reported.message.id, p);
        sandbox::remove_member(s, user.id, bench, "m"), sandbox::delete_group(s, house, user.id, "g");
        sandbox::delete_friend(s, user.id, "f"), sandbox::bind_robot(s, house, user.id, "");
        search::find(s, house, group.channel, 1, {.text = "四个字有三对"}), search::forget(s, talk.id, 1, "word");
        events::newest(s, user.id, 10), presence::last_end(s, user.id, "openim", "1");
        group_views::ids_of(s, me, 10), group_views::changes_of(s, me, 10),
            chat_settings::show_again(s, user.id, group.channel.id);
        for (const char* from : {"", "c:0", "f:0", "m:0:0"}) portability::page(s, house, user.id, from);
        events::span(s, user.id), friends::request(s, user.id, owner.id), contacts::find(s, user.id, {it});
        group_requests::find(s, group.channel.id, owner.id);
        accounts::set_muted(s, house, user.id, false);
        people::find(s, user.uid), people::find(s, {user.uid, bot.public_id}), people::ids_of(s, {me, it});
        const chat::Speaker speaker{me, user.uid, "me", {}};
        const std::vector<chat::Said> said(1);
        chat::say(s, house, speaker, {2, "plans-group"}, said, p);
        chat::say(s, house, speaker, {1, owner.uid}, said, p);
        const auto view = chat::view(s, speaker, {1, owner.uid});
        inbox::list(s, user.id, 0, false, 0, 10), inbox::find(s, user.id, view->channel);
        inbox::clear(s, house, user.id, view->channel, p);
        messages::newest(s, view->channel.id, 1, 10, 10, true), messages::after(s, view->channel.id, 0, 10);
        messages::number_before(s, view->channel.id, 2, 1);
        presence::of(s, me, "wukongim"), presence::up_since(s, house);
        messages::recall(s, house, group.channel, 1, me, p);
        groups::dissolve(s, house, group, me, p);
        groups::create(s, house, "plans-group", {"g", ""}, me, p);
        events::since(s, user.id, 0, 10);
        history::page(s, user.id, 10, 0);
        history::page_of_channel(s, user.id, *channels::find(s, talk.id), 10, 0);
        conversations::remove(s, house, conversation);
        history::forget_some(s, user.id, talk.id);
        history::clear(s, user.id);
        files::find(s, std::string(32, 'a'));
        files::find_by_name(s, me, "x");
        files::may_read(s, {std::string(32, 'a'), it, "", "", 0}, me);
        presence::online(s, house, me);
        std::vector<int64_t> ended;
        presence::reconcile(s, house, "plans", {{}, "plans:1", "plans:2"}, ended, p);
        robots::remove(s, house, bot, p);
        BOOST_TEST(s.seen().size() > 60u);
    });
}

BOOST_AUTO_TEST_SUITE_END()
