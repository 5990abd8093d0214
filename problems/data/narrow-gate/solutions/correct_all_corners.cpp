#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

using Point = std::pair<long long, long long>;

long long cross(const Point& o, const Point& a, const Point& b) {
    return (a.first - o.first) * (b.second - o.second) - (a.second - o.second) * (b.first - o.first);
}

int main() {
    int n;
    if (std::scanf("%d", &n) != 1) return 1;
    std::vector<Point> points(n);
    for (auto& [x, y] : points)
        if (std::scanf("%lld %lld", &x, &y) != 2) return 1;
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    std::vector<Point> corners;
    for (int side = 0; side < 2; ++side) {
        std::size_t base = corners.size();
        for (const auto& point : points) {
            while (corners.size() >= base + 2 && cross(corners[corners.size() - 2], corners.back(), point) <= 0)
                corners.pop_back();
            corners.push_back(point);
        }
        corners.pop_back();
        std::reverse(points.begin(), points.end());
    }
    if (corners.size() < 3) {
        std::puts("0");
        return 0;
    }
    double best = 1e18;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const Point& a = corners[i];
        const Point& b = corners[(i + 1) % corners.size()];
        long long highest = 0;
        for (const auto& corner : corners) highest = std::max(highest, cross(a, b, corner));
        best = std::min(best, highest / std::hypot(b.first - a.first, b.second - a.second));
    }
    std::printf("%.9f\n", best);
}
