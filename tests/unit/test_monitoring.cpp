// What infra/monitoring watches is what programs measure.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace hy::test {

namespace {

std::string text_of(const std::string& name) {
    const char* root = std::getenv("HONGYAN_TEST_ROOT");
    std::ifstream file(std::string(root ? root : HONGYAN_SOURCE_ROOT) + "/" + name);
    return {(std::istreambuf_iterator<char>(file)), {}};
}

std::set<std::string> metrics_in(const std::string& text) {
    static const std::regex name("hongyan_[a-z_]+");
    std::set<std::string> found;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), name); at != std::sregex_iterator(); ++at)
        found.insert(at->str());
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(monitoring)

BOOST_AUTO_TEST_CASE(rules_and_dashboard_name_metrics_that_are_documented) {
    const auto known = metrics_in(text_of("infra/docs/operations.md"));
    BOOST_TEST(known.size() > 10u);
    for (const char* file : {"infra/monitoring/alerts.yml", "infra/monitoring/grafana.json"}) {
        const auto named = metrics_in(text_of(file));
        BOOST_TEST(named.size() > 5u, file);
        for (std::string metric : named) {
            if (metric.ends_with("_bucket")) metric.resize(metric.size() - 7);
            BOOST_TEST(known.contains(metric), file << ": " << metric);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
