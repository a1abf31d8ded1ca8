// White pump bottle of body lotion: white on white (VIEW 1), and on a pastel green paper (VIEW 2).
#include "common.inc"
#declare White = Satin(srgb <0.955, 0.955, 0.95>)
#declare Ink = Satin(srgb <0.35, 0.45, 0.40>)
#declare Pump = Gloss(srgb <0.93, 0.93, 0.93>)
#declare R = 0.55;
#declare Art = union {
  Letters("timrom.ttf", "Lindsyra", 0.20, 1.02)
  Letters("cyrvetic.ttf", "BODY LOTION", 0.075, 0.84)
  Letters("cyrvetic.ttf", "oat and linden", 0.07, 0.66)
  Letters("cyrvetic.ttf", "250 ml  8.4 fl oz", 0.05, 0.28)
  box { <-0.3, 0.785, -10>, <0.3, 0.793, 0> }
}
#declare Body = Printed(White, Ink, Art)
#declare Bottle = union {
  lathe { bezier_spline 16,
    <0, 0>, <0.2, 0>, <0.35, 0>, <R - 0.06, 0>,
    <R - 0.06, 0>, <R - 0.02, 0>, <R, 0.02>, <R, 0.07>,
    <R, 0.07>, <R, 0.5>, <R, 1.0>, <R, 1.38>,
    <R, 1.38>, <R, 1.62>, <0.23, 1.58>, <0.2, 1.72>
    M(Body) }
  cylinder { y*1.68, y*1.78, 0.2 M(White) }
  union {
    RoundCyl(1.74, 1.93, 0.235, 0.02)
    #for (I, 0, 35) cylinder { <0.233, 1.77, 0>, <0.233, 1.9, 0>, 0.01 rotate y*I*10 } #end
    cylinder { y*1.9, y*2.12, 0.075 }
    RoundCyl(2.1, 2.24, 0.17, 0.035)
    Bend(array[4] { <0, 2.18, 0>, <-0.25, 2.19, 0>, <-0.42, 2.17, 0>, <-0.5, 2.08, 0> }, 0.055, 24)
    M(Pump)
  }
}
#if (VIEW = 1)
  Studio(-1, 1.12)
  Sweep(srgb <0.965, 0.965, 0.965>, 6)
  object { Bottle rotate y*14 translate x*0.08 }
  Cam(<0, 1.75, -9>, <0, 1.08, 0>, 17.5)
#end
#if (VIEW = 2)
  Studio(1, 1)
  Sweep(srgb <0.78, 0.88, 0.80>, 6)
  object { Bottle rotate y*-12 translate x*-0.1 }
  Cam(<0.3, 2.6, -8.6>, <0.1, 1.04, 0>, 22)
#end
