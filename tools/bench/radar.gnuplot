# The radar chart: gnuplot -e "data='FILE'; output='FILE'; format='svg'" tools/bench/radar.gnuplot
#
# Each line of the data: number of the axis, its name, how many times better than QEMU. The last repeats
# the first. One ring is a factor of ten; QEMU is the ring at 1.
if (format eq 'svg') set terminal svg size 760,620 font 'sans-serif,16' background 'white'
if (format eq 'png') set terminal pngcairo size 1140,930 font 'sans-serif,16' fontscale 1.5 background 'white'
set output output

axes = 5
stats data using 3 nooutput
outermost = int(ceil(log10(STATS_max))) + 1
radius(ratio) = ratio > 0.1 ? log10(ratio) + 1 : 0
angle(n) = pi / 2 - 2 * pi * n / axes
x(n, r) = r * cos(angle(n))
y(n, r) = r * sin(angle(n))
label(name, ratio) = sprintf(ratio < 10 ? "%s\n%.1f ×" : "%s\n%.0f ×", name, ratio)

unset border
unset tics
set size ratio -1
set xrange [-1.65 * outermost:1.65 * outermost]
set yrange [-1.2 * outermost:1.4 * outermost]
set key at graph 0.01, 0.99 left top Left reverse
set encoding utf8

do for [ring = 1:outermost] {
        set label sprintf("%g×", 10 ** (ring - 1)) at 0.05, ring - 0.14 left font ',12' textcolor '#555555' front
}
$axes << END
0
1
2
3
4
5
END
plot for [ring = 1:outermost] $axes using (x($1, ring)):(y($1, ring)) with lines lc '#bbbbbb' lw 1 notitle, \
     $axes using (0):(0):(x($1, outermost)):(y($1, outermost)) with vectors nohead lc '#bbbbbb' lw 1 notitle, \
     data using (x($1, radius($3))):(y($1, radius($3))) with filledcurves closed \
             fc '#1f77b4' fs transparent solid 0.25 noborder notitle, \
     data using (x($1, radius($3))):(y($1, radius($3))) with linespoints lc '#1f77b4' lw 3 pt 7 ps 0.8 title 'Mini-KVM', \
     $axes using (x($1, 1)):(y($1, 1)) with linespoints lc '#d62728' lw 3 dt 2 pt 5 ps 0.6 title 'QEMU at its best', \
     data every ::0::axes-1 using (x($1, 1.33 * outermost)):(y($1, 1.2 * outermost)):(label(stringcolumn(2), $3)) \
             with labels center font ',17' textcolor '#222222' notitle
