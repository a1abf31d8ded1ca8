// A tea tin, dark green with a gold band and a printed label. VIEW 1 warm white studio, 2 shelf.
#include "common.inc"
#include "props.inc"
#declare Green = Gloss(srgb <0.05, 0.23, 0.18>)
#declare Cream = Satin(srgb <0.93, 0.89, 0.78>)
#declare Ink = Satin(srgb <0.12, 0.22, 0.18>)
#declare Gold = Metal(srgb <0.85, 0.70, 0.42>, 0.5)
#declare R = 0.68;
#declare Art = union {
  Letters("timrom.ttf", "YUNWU", 0.21, 1.03)
  Letters("cyrvetic.ttf", "HIGH MOUNTAIN", 0.075, 0.90)
  Letters("cyrvetic.ttf", "GREEN TEA", 0.115, 0.56)
  Letters("cyrvetic.ttf", "net weight 150 g", 0.06, 0.42)
  box { <-0.42, 0.83, -10>, <0.42, 0.838, 0> }
  prism { linear_spline 0, 10, 9, <-0.3, 0.70>, <-0.12, 0.79>, <-0.05, 0.745>, <0.08, 0.81>, <0.3, 0.70>, <0.1, 0.735>, <-0.03, 0.70>, <-0.12, 0.735>, <-0.3, 0.70> rotate -x*90 }
}
#declare Paper = Printed(Cream, Ink, Art)
#declare Panel = Printed(Green, Paper, object { box { <-0.50, 0.34, -10>, <0.50, 1.29, 0> } })
#declare Tin = union {
  union { RoundCyl(0, 1.55, R, 0.03) M(Panel) }
  union { RoundCyl(1.50, 1.86, R + 0.018, 0.035) M(Green) }
  torus { R + 0.01, 0.014 translate y*1.5 M(Gold) }
  torus { R + 0.003, 0.012 translate y*0.16 M(Gold) }
  torus { R + 0.018, 0.010 translate y*1.74 M(Gold) }
  union { cylinder { y*1.85, y*1.9, 0.05 } sphere { 0, 0.13 scale <1, 0.7, 1> translate y*1.96 } M(Gold) }
}
#if (VIEW = 1)
  Studio(-1, 1.05)
  Sweep(srgb <0.93, 0.92, 0.89>, 7)
  object { Tin rotate y*-8 translate x*-0.07 }
  Cam(<0, 2.6, -8.8>, <0, 0.98, 0>, 18)
#end
#if (VIEW = 2)
  Shelf()
  object { Tin rotate y*9 translate <0.2, 0, -0.4> }
  Cam(<-0.3, 1.9, -8.2>, <0.25, 1.05, 0>, 33)
#end
